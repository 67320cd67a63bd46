import pino from 'pino';
import { FakeClock, settle } from '../../testing/fake-clock';
import type { Judgement } from '../judgement';
import type { QueryRule, RuleGroup } from '../rule';
import type { QueriedSeries } from './prometheus-client';
import { QueryEvaluator, type QueryParts } from './query-evaluator';
import { seriesKey } from './series-labels';

const RULE: QueryRule = {
  type: 'query',
  id: 'r',
  alert: 'MemoryGrowth',
  expr: 'x > 1',
  forMillis: 0,
  keepFiringForMillis: 0,
  labels: {},
  annotations: {},
};
const groups = (...rules: QueryRule[]): RuleGroup[] => [
  { name: 'g', file: 'f.yaml', intervalMillis: 5000, rules },
];

describe('QueryEvaluator', () => {
  let clock: FakeClock;
  let answer: readonly QueriedSeries[] | Error;
  let asked: string[];
  let judged: Judgement[][];
  let known: string[];
  let logged: string[];
  let notJudged: number;
  let evaluator: QueryEvaluator;

  beforeEach(() => {
    clock = new FakeClock();
    [answer, asked, judged, known, logged, notJudged] = [[], [], [], [], [], 0];
    const parts: QueryParts = {
      client: {
        query: (expr) => {
          asked.push(expr);
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve([...answer]);
        },
      },
      maxSeriesPerRule: 2,
      logger: pino({}, { write: (line: string) => logged.push((JSON.parse(line) as { msg: string }).msg) }),
      clock,
      onQuery: () => undefined,
      onNotJudged: (_rule, series) => (notJudged += series),
    };
    evaluator = new QueryEvaluator(parts);
  });
  afterEach(() => {
    evaluator.stop();
  });

  const start = (...rules: QueryRule[]): void => {
    evaluator.start(groups(...rules), {
      alertsOf: () => known,
      judge: (judgements) => {
        if (judgements.length > 0) judged.push([...judgements]);
      },
    });
  };
  const series = (labels: Record<string, string>, value = 7): QueriedSeries => ({ metric: labels, value });

  it('makes of each series a breach, under its labels without the name, with whom it belongs to', async () => {
    answer = [series({ __name__: 'x', service_name: 'users', service_owner: 'team-accounts' })];
    start(RULE);
    await settle();
    expect(judged).toMatchObject([
      [
        {
          verdict: 'breach',
          labels: { service_name: 'users', service_owner: 'team-accounts' },
          service: { owner: 'team-accounts' },
          receivedAtMillis: clock.now(),
        },
      ],
    ]);
    expect(judged[0]?.[0]?.evidence()).toMatchObject({ value: 7, traceIds: [] });
    expect(evaluator.health('r')).toMatchObject({ health: 'ok' });
  });

  it('asks every rule of the group again after its interval', async () => {
    start(RULE, { ...RULE, id: 's', expr: 'y > 1' });
    await settle();
    await clock.pass(4999);
    expect(asked).toEqual(['x > 1', 'y > 1']);
    await clock.pass(1);
    await settle();
    expect(asked).toEqual(['x > 1', 'y > 1', 'x > 1', 'y > 1']);
  });

  it('ends the alerts whose series are gone', async () => {
    known = [seriesKey({ a: '1' }), seriesKey({ a: '2' })];
    answer = [series({ a: '2' })];
    start(RULE);
    await settle();
    expect(judged[0]?.map(({ labels, verdict }) => [labels, verdict])).toEqual([
      [{ a: '1' }, 'good'],
      [{ a: '2' }, 'breach'],
    ]);
  });

  it('changes nothing when there is no answer, and says so once, and once that there is one again', async () => {
    known = [seriesKey({ a: '1' })];
    answer = new Error('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9090') });
    start(RULE);
    await settle();
    await clock.pass(15_000);
    await settle();
    expect(asked.length).toBeGreaterThan(2);
    expect(judged).toEqual([]);
    expect(evaluator.health('r')).toMatchObject({
      health: 'err',
      lastError: 'connect ECONNREFUSED 127.0.0.1:9090',
    });
    answer = [];
    await clock.pass(5000);
    await settle();
    expect(judged).toMatchObject([[{ verdict: 'good' }]]);
    expect(logged).toEqual([
      'the query is not answered; its alerts stay as they are',
      'the query is answered again',
    ]);
  });

  it('takes two series that are one without their names for no answer', async () => {
    answer = [series({ __name__: 'x', a: '1' }), series({ __name__: 'y', a: '1' })];
    start(RULE);
    await settle();
    expect(evaluator.health('r')?.lastError).toBe('two series of the answer have the same labels');
    expect(judged).toEqual([]);
  });

  it('judges only so many series, those first that have an alert, and counts the others', async () => {
    known = [seriesKey({ a: '3' })];
    answer = ['1', '2', '3'].map((a) => series({ a }));
    start(RULE);
    await settle();
    expect(judged[0]?.map(({ labels }) => labels.a)).toEqual(['3', '1']);
    expect(notJudged).toBe(1);
  });

  it('asks the new rules at once, and the old ones no more', async () => {
    start(RULE);
    await settle();
    evaluator.setRules(groups({ ...RULE, id: 's', expr: 'y > 1' }));
    await settle();
    await clock.pass(5000);
    await settle();
    expect(asked).toEqual(['x > 1', 'y > 1', 'y > 1']);
    expect(evaluator.health('r')).toBeUndefined();
    evaluator.stop();
    await clock.pass(60_000);
    expect(asked).toHaveLength(3);
  });
});
