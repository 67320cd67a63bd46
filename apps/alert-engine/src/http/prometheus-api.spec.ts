import { loadConfig } from '../config';
import { AlertBook } from '../state/alert-book';
import { apiAlerts, apiRuleGroups, formatFloat } from './prometheus-api';

const NOW = Date.parse('2026-01-01T00:00:00.500Z');

describe('the API in Prometheus’s format', () => {
  const { ruleGroups } = loadConfig({});
  const [rule] = ruleGroups[0]!.rules;
  const book = new AlertBook();
  book.apply(
    [
      {
        rule: rule!,
        groupKey: '["users"]',
        labels: { service_name: 'users' },
        verdict: 'breach',
        service: {},
        receivedAtMillis: NOW,
        watermarkMillis: NOW,
        evidence: () => ({ value: 812.4, count: 12, eventTimeMillis: NOW - 50, traceIds: ['a'], lines: [] }),
      },
    ],
    NOW,
  );
  const engine = {
    alerts: book.list(),
    ruleGroups,
    lastEvaluation: { atMillis: NOW, seconds: 0.001 },
    queryHealth: () => ({
      health: 'err' as const,
      lastError: 'connect ECONNREFUSED',
      seconds: 0.5,
      atMillis: NOW,
    }),
  };
  const alert = {
    labels: { service_name: 'users', severity: 'critical', alertname: 'HighLatency' },
    annotations: {
      summary: 'users is slow: p95 is 812ms',
      value: '812ms',
      threshold: '500ms',
      count: '12',
      trace_ids: 'a',
    },
    state: 'firing',
    activeAt: '2026-01-01T00:00:00.500Z',
    value: '8.124e-01',
  };

  it('lists active alerts', () => {
    expect(apiAlerts(engine)).toEqual([alert]);
  });

  it('lists groups with their rules, and rules with their alerts', () => {
    const [group] = apiRuleGroups(engine, 1000);
    expect(group).toMatchObject({
      name: 'sample-services',
      file: 'sample-services.yaml',
      interval: 1,
      limit: 0,
      evaluationTime: 0.001,
      lastEvaluation: '2026-01-01T00:00:00.500Z',
    });
    expect(group?.rules[0]).toEqual({
      state: 'firing',
      name: 'HighLatency',
      query: 'latency(0.95, spans{span.kind=server}[30s]) by (service.name) > 500ms',
      duration: 0,
      keepFiringFor: 0,
      labels: { severity: 'critical' },
      annotations: { summary: '{{ $labels.service_name }} is slow: p95 is {{ $value }}' },
      alerts: [alert],
      health: 'ok',
      evaluationTime: 0.001,
      lastEvaluation: '2026-01-01T00:00:00.500Z',
      type: 'alerting',
    });
    expect(group?.rules[1]).toMatchObject({ state: 'inactive', alerts: [] });
  });

  it('says that nothing was evaluated yet as Go says never', () => {
    const [group] = apiRuleGroups(
      { alerts: [], ruleGroups, lastEvaluation: undefined, queryHealth: () => undefined },
      1000,
    );
    expect(group).toMatchObject({ lastEvaluation: '0001-01-01T00:00:00Z' });
    expect(group?.rules[0]).toMatchObject({ health: 'unknown', state: 'inactive' });
  });

  it.each([
    [0, '0e+00'],
    [1.5, '1.5e+00'],
    [0.05, '5e-02'],
    [1e100, '1e+100'],
  ])('writes %d as Go does', (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });
});
