import { ConfigError } from '@trace/runtime';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config';
import { ruleQuery, streamingRules } from './rule';
import { loadRuleFiles } from './rule-file';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-rules-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(rules: unknown, name = 'rules.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ groups: [{ name: 'g', rules }] }));
  return path;
}

function problems(rules: unknown): string[] {
  try {
    loadRuleFiles([file(rules)]);
    return [];
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message.split('\n').map((line) => line.replace(`${folder}/`, ''));
    throw error;
  }
}

const RULE = { alert: 'A', errors: { ratio_above: 0.05 }, window: '30s' };

describe('loadRuleFiles', () => {
  it('reads every field, and fills in the defaults', () => {
    const full = {
      alert: 'Slow',
      latency: { quantile: 0.99, above: '1.5s' },
      match: { 'span.kind': ['server', 'consumer'], route: '/users', 'cloud.region': ['a', 'b'], team: 'x' },
      by: ['service.name', 'route'],
      window: '1m',
      lateness: '0s',
      min_count: 3,
      for: '5s',
      keep_firing_for: '10s',
      resolve_on_silence: true,
      labels: { severity: 'warning' },
      annotations: { summary: '{{ $labels.service_name }} {{$labels.severity}} {{ $value }}' },
    };
    const [group] = loadRuleFiles([file([full, RULE])]);
    expect(group?.rules[0]).toMatchObject({
      condition: { kind: 'latency', quantile: 0.99, aboveMillis: 1500 },
      match: {
        kinds: ['server', 'consumer'],
        routes: ['/users'],
        resource: [
          ['cloud.region', ['a', 'b']],
          ['team', ['x']],
        ],
      },
      by: ['service.name', 'route'],
      windowMillis: 60_000,
      latenessMillis: 0,
      minCount: 3,
      forMillis: 5000,
      keepFiringForMillis: 10_000,
      resolveOnSilence: true,
    });
    expect(ruleQuery(group!.rules[0]!)).toBe(
      'latency(0.99, spans{span.kind=server|consumer, route=/users, cloud.region=a|b, team=x}[60s]) by (service.name, route) > 1.5s',
    );
    expect(group?.rules[1]).toMatchObject({
      condition: { kind: 'errors', ratioAbove: 0.05 },
      match: { resource: [] },
      by: ['service.name'],
      latenessMillis: 10_000,
      minCount: 10,
      forMillis: 0,
      keepFiringForMillis: 0,
      resolveOnSilence: false,
    });
  });

  it('reads every *.yaml of a folder, as it is each time, and nothing else that is there', () => {
    const names = (): string[] => loadRuleFiles([folder]).map(({ file: name }) => name);
    expect(names()).toEqual([]);
    file([{ ...RULE, alert: 'B' }], 'b.yaml');
    writeFileSync(join(folder, 'README.md'), 'not a rule');
    expect(names()).toEqual(['b.yaml']);
    file([RULE], 'a.yaml');
    expect(names()).toEqual(['a.yaml', 'b.yaml']);
    file([{ ...RULE, window: 'soon' }], 'c.yaml');
    expect(names).toThrow(/c\.yaml: groups\[0\]\.rules\[0\]\.window/);
  });

  it('reads rules over log lines, and those that count', () => {
    const logs = {
      alert: 'Timeouts',
      signal: 'logs',
      count: { above: 5 },
      match: { 'log.body': ['Request timeout'], 'log.severity': 'error', team: 'x' },
      window: '30s',
    };
    const storm = {
      alert: 'Storm',
      repeats: { above: 8 },
      match: { 'span.status': 'error', 'span.parent': 'none' },
      window: '30s',
    };
    const clock = { alert: 'Clock', clock_ahead: { above: '5s' }, window: '30s' };
    const rules = loadRuleFiles([file([logs, storm, clock])])[0]!.rules;
    expect(rules[0]).toMatchObject({
      signal: 'logs',
      condition: { kind: 'count', above: 5 },
      match: { bodyTexts: ['request timeout'], severities: ['error'], resource: [['team', ['x']]] },
      minCount: 1,
      resolveOnSilence: true,
    });
    expect(rules.map(ruleQuery)).toEqual([
      'count(log_lines{log.severity=error, log.body=request timeout, team=x}[30s]) by (service.name) > 5',
      'repeats(spans{span.status=error, span.parent=none}[30s]) by (service.name) > 8',
      'clock_ahead(spans{}[30s]) by (service.name) > 5s',
    ]);
  });

  it('reads rules that ask Prometheus, whose alerts may have any label', () => {
    const rule = {
      alert: 'Disk',
      expr: 'sum by (device) (disk_used) > 0.9',
      for: '1m',
      labels: { severity: 'warning' },
      annotations: { summary: '{{ $labels.device }}: {{ $value }}' },
    };
    const [group] = loadRuleFiles([file([rule])]);
    expect(group).toMatchObject({
      intervalMillis: 15_000,
      rules: [{ type: 'query', alert: 'Disk', expr: rule.expr, forMillis: 60_000, labels: rule.labels }],
    });
    expect(ruleQuery(group!.rules[0]!)).toBe(rule.expr);
  });

  it('ships with the rules that the sample services are promised', () => {
    const { ruleGroups, config } = loadConfig({});
    expect(
      streamingRules(ruleGroups).map(({ alert, condition, windowMillis, minCount }) => [
        alert,
        condition,
        windowMillis,
        minCount,
      ]),
    ).toEqual([
      ['HighLatency', { kind: 'latency', quantile: 0.95, aboveMillis: 500 }, 30_000, 10],
      ['HighErrorRatio', { kind: 'errors', ratioAbove: 0.05 }, 30_000, 10],
      ['RetryStorm', { kind: 'repeats', above: 8 }, 30_000, 1],
      ['PoisonedMessage', { kind: 'repeats', above: 1 }, 30_000, 1],
      ['MissingTraceContext', { kind: 'count', above: 5 }, 30_000, 1],
      ['ClockSkew', { kind: 'clock_ahead', aboveMillis: 5000 }, 30_000, 4],
      ['RequestTimeouts', { kind: 'count', above: 5 }, 30_000, 1],
    ]);
    expect(ruleGroups[1]).toMatchObject({
      intervalMillis: 5000,
      rules: [
        { type: 'query', alert: 'MemoryGrowth', expr: expect.stringContaining('v8js_memory') as string },
      ],
    });
    writeFileSync(join(folder, 'least.yaml'), `evaluate: { rules: [] }`);
    const least = loadConfig({ TRACE_ALERT_CONFIG: join(folder, 'least.yaml') });
    expect({ ...least.config, evaluate: { ...least.config.evaluate, rules: config.evaluate.rules } }).toEqual(
      config,
    );
  });

  it('adds a receiver to the route for TRACE_WEBHOOK_URL', () => {
    const { config } = loadConfig({ TRACE_WEBHOOK_URL: 'http://127.0.0.1:9/hook' });
    expect(config.route.receivers).toEqual(['webhook']);
    expect(config.receivers).toEqual([
      { name: 'webhook', webhook: { url: 'http://127.0.0.1:9/hook' }, sendResolved: true },
    ]);
    expect(() => loadConfig({ TRACE_WEBHOOK_URL: 'example.com' })).toThrow(
      /environment: TRACE_WEBHOOK_URL: got/,
    );
  });

  it.each<[string, object, string | RegExp]>([
    [
      'an unknown key',
      { ...RULE, windw: '30s' },
      /^rules\.yaml: groups\[0\]\.rules\[0\]\.windw: .*did you mean "window"/,
    ],
    [
      'both measures',
      { ...RULE, latency: { quantile: 0.9, above: '1s' } },
      /rules\[0\]: got "latency and errors"/,
    ],
    [
      'a quantile of 95',
      { ...RULE, errors: undefined, latency: { quantile: 95, above: '1s' } },
      /latency\.quantile: got 95/,
    ],
    ['no window', { ...RULE, window: undefined }, /rules\[0\]\.window: nothing is set, expected a duration/],
    [
      'PromQL that breaks off',
      { alert: 'A', expr: 'sum by (a (x) > 3' },
      /rules\[0\]\.expr: .*expected PromQL; it breaks off before "\(x\) > 3"/,
    ],
    ['PromQL that ends early', { alert: 'A', expr: 'x >' }, /\.expr: .*it breaks off where it ends/],
    [
      'a window beside a query',
      { alert: 'A', expr: 'x > 3', window: '5s' },
      /rules\[0\]\.window: got 5000, expected no such field beside "expr"/,
    ],
    [
      'a placeholder that is none in a query',
      { alert: 'A', expr: 'x > 3', annotations: { summary: '{{ $valu }}' } },
      /annotations\.summary: .*expected no placeholders but/,
    ],
    [
      'latency of log lines',
      { ...RULE, signal: 'logs', errors: undefined, latency: { quantile: 0.9, above: '1s' } },
      /rules\[0\]: got "latency", expected one of count, errors for log lines/,
    ],
    [
      'a part of a span for log lines',
      { ...RULE, signal: 'logs', match: { 'span.kind': 'server' } },
      /match\["span\.kind"\].*expected log\.severity, log\.body/,
    ],
    [
      'a part of a log line for spans',
      { ...RULE, match: { 'log.body': 'x' } },
      /match\["log\.body"\].*expected route, span\.kind/,
    ],
    [
      'a part of a log line, misspelt',
      { ...RULE, signal: 'logs', match: { 'log.text': 'x' } },
      /match\["log\.text"\]: got "log\.text"/,
    ],
    ['a unit that is none', { ...RULE, window: '30sec' }, /window: got "30sec", expected a duration such as/],
    [
      'a window of nothing',
      { ...RULE, window: '0s' },
      /window: got "0s", expected a duration of at least 1s/,
    ],
    [
      'a kind of span',
      { ...RULE, match: { 'span.kind': 'sever' } },
      /match\["span\.kind"\]: got "sever".*did you mean "server"/,
    ],
    [
      'a part of a span',
      { ...RULE, match: { 'span.kid': 'x' } },
      /match\["span\.kid"\].*did you mean "span\.kind"/,
    ],
    ['route, misspelt', { ...RULE, by: ['rout'] }, /by\[0\]: got "rout".*did you mean "route"/],
    ['service', { ...RULE, by: ['service'] }, /by\[0\]: got "service", expected route, service\.name or/],
    [
      'two names of one label',
      { ...RULE, by: ['a.b', 'a_b'] },
      /by\[1\]: got "a_b", expected a name that is not there twice/,
    ],
    [
      'a label of the group',
      { ...RULE, labels: { service_name: 'x' } },
      /labels\.service_name: .*do not set/,
    ],
    ['a label that Prometheus forbids', { ...RULE, labels: { 'a-b': 'x' } }, /labels.*expected a label name/],
    [
      'an unknown label in an annotation',
      { ...RULE, annotations: { s: '{{ $labels.servce_name }}' } },
      /annotations\.s: got "servce_name".*did you mean "service_name"/,
    ],
    [
      'a template',
      { ...RULE, annotations: { s: '{{ .Labels.x }}' } },
      /annotations\.s: .*no placeholders but/,
    ],
  ])('refuses %s', (_what, rule, line) => {
    expect(problems([rule])).toEqual([expect.stringMatching(line)]);
  });

  it('refuses two rules that would make the same alerts, and reports every mistake at once', () => {
    expect(problems([RULE, { ...RULE, labels: { severity: 'x' } }])).toEqual([]);
    expect(problems([RULE, RULE, { ...RULE, alert: 'B', by: ['rout'] }])).toEqual([
      expect.stringMatching(
        /rules\[1\]\.alert: got "A", expected an alert name, or labels, other than those of/,
      ),
      expect.stringMatching(/rules\[2\]\.by\[0\]/),
    ]);
  });
});
