import fc from 'fast-check';
import type { StreamingRule } from '../evaluate/rule';
import type { Judgement } from '../evaluate/judgement';
import type { Verdict } from '../evaluate/window';
import { AlertBook } from './alert-book';

const rule = (forMillis: number, keepFiringForMillis: number): StreamingRule => ({
  type: 'streaming',
  id: 'HighErrorRatio',
  alert: 'HighErrorRatio',
  signal: 'traces',
  condition: { kind: 'errors', ratioAbove: 0.05 },
  match: { resource: [] },
  by: ['service.name'],
  windowMillis: 30_000,
  latenessMillis: 0,
  minCount: 10,
  forMillis,
  keepFiringForMillis,
  resolveOnSilence: false,
  labels: { severity: 'critical' },
  annotations: { summary: '{{ $labels.service_name }}: {{ $value }} {{$labels.constructor}}' },
});

function judgement(of: StreamingRule, verdict: Verdict, receivedAtMillis: number): Judgement {
  return {
    rule: of,
    groupKey: '["users"]',
    labels: { service_name: '{{ $value }}' },
    verdict,
    service: { owner: 'team-accounts' },
    receivedAtMillis,
    watermarkMillis: receivedAtMillis - 5,
    evidence: () => ({
      value: 0.5,
      count: 10,
      eventTimeMillis: receivedAtMillis - 100,
      traceIds: ['t1', 't2'],
      lines: [],
    }),
  };
}

type Row = 'inactive' | 'pending' | 'firing';

/** Prometheus's definition, over the whole history, without any state carried along. */
function expected(
  history: readonly { at: number; verdict: Verdict }[],
  forMillis: number,
  keepMillis: number,
): Row {
  let state: Row = 'inactive';
  let activeAt = 0;
  let goodSince: number | undefined;
  for (const { at, verdict } of history) {
    if (verdict === 'unknown') continue;
    if (verdict === 'breach') {
      goodSince = undefined;
      if (state === 'inactive') [state, activeAt] = ['pending', at];
      if (at - activeAt >= forMillis) state = 'firing';
    } else {
      goodSince ??= at;
      if (state === 'pending' || at - goodSince >= keepMillis) state = 'inactive';
    }
    if (state === 'inactive') goodSince = undefined;
  }
  return state;
}

describe('an alert', () => {
  it('lives as in Prometheus, whatever the rules say when', () => {
    const steps = fc.array(
      fc.record({
        after: fc.integer({ min: 1, max: 20 }),
        verdict: fc.constantFrom<Verdict>('breach', 'good', 'unknown'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom(0, 10, 30),
        fc.constantFrom(0, 10, 30),
        (taken, forMillis, keepMillis) => {
          const book = new AlertBook();
          const of = rule(forMillis, keepMillis);
          const history: { at: number; verdict: Verdict }[] = [];
          let at = 0;
          let state: Row = 'inactive';
          for (const { after, verdict } of taken) {
            at += after;
            history.push({ at, verdict });
            const { transitions } = book.apply([judgement(of, verdict, at)], at);
            for (const { from, to } of transitions) {
              expect(from).toBe(state);
              state = to;
            }
            expect(book.list()[0]?.state ?? 'inactive').toBe(state);
            expect(state).toBe(expected(history, forMillis, keepMillis));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps the clocks of the span that crossed the line through its time of pending', () => {
    const book = new AlertBook();
    const of = rule(50, 0);
    book.apply([judgement(of, 'breach', 1000)], 1000);
    const { transitions } = book.apply([judgement(of, 'breach', 1060)], 1060);
    expect(transitions).toMatchObject([
      { from: 'pending', to: 'firing', eventTimeMillis: 900, receivedAtMillis: 1000 },
    ]);
    expect(book.list()[0]).toMatchObject({ activeAtMillis: 1000, firedAtMillis: 1060 });
  });

  it('has what is needed at hand, and never looks into what it put in', () => {
    const book = new AlertBook();
    book.apply([judgement(rule(0, 0), 'breach', 1000)], 1000);
    expect(book.list()[0]).toMatchObject({
      labels: { alertname: 'HighErrorRatio', service_name: '{{ $value }}', severity: 'critical' },
      annotations: {
        summary: '{{ $value }}: 50% ',
        value: '50%',
        threshold: '5%',
        trace_ids: 't1,t2',
        service_owner: 'team-accounts',
      },
    });
  });

  it('ends when its rule is gone or makes other labels, and only then', () => {
    const book = new AlertBook();
    const of = rule(0, 0);
    book.apply([judgement(of, 'breach', 1000)], 1000);
    const restored = new AlertBook();
    restored.restore(book.list());
    // The label in the group's key is "users" while the judgement above says otherwise: other labels.
    expect(restored.retain([of], 2000).transitions).toMatchObject([{ from: 'firing', to: 'inactive' }]);
    expect(restored.list()).toEqual([]);
  });
});
