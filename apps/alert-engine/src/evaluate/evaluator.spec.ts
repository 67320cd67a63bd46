import type { LogLine } from '../ingest/log-line';
import type { Span } from '../ingest/span';
import { Evaluator, type EvaluatorLimits } from './evaluator';
import type { Judgement } from './judgement';
import type { StreamingRule } from './rule';

const NOW = 1_700_000_000_000;
const LIMITS: EvaluatorLimits = { maxGroupsPerRule: 10, maxDedupSpans: 1000, maxClockSkewMillis: 10_000 };

const RULE: StreamingRule = {
  type: 'streaming',
  id: 'r',
  alert: 'HighErrorRatio',
  signal: 'traces',
  condition: { kind: 'errors', ratioAbove: 0 },
  match: { resource: [] },
  by: ['service.name'],
  windowMillis: 30_000,
  latenessMillis: 10_000,
  minCount: 1,
  forMillis: 0,
  keepFiringForMillis: 0,
  resolveOnSilence: false,
  labels: {},
  annotations: {},
};

let nextId = 0;
function span(of: Partial<Span> = {}): Span {
  const spanId = (nextId += 1).toString(16).padStart(16, '0');
  return {
    traceId: spanId + spanId,
    spanId,
    kind: 'server',
    hasParent: true,
    endMillis: NOW,
    durationMillis: 1,
    error: true,
    ...of,
  };
}

function setUp(
  rules: readonly StreamingRule[],
  limits: Partial<EvaluatorLimits> = {},
): {
  evaluator: Evaluator;
  notCounted: string[];
  send: (attributes: Record<string, string>, spans: Span[], nowMillis?: number) => Judgement[];
} {
  const notCounted: string[] = [];
  const evaluator = new Evaluator(rules, { ...LIMITS, ...limits }, (reason, rule) =>
    notCounted.push(`${rule} ${reason}`),
  );
  return {
    evaluator,
    notCounted,
    send: (attributes, spans, nowMillis = NOW) => {
      const batch = evaluator.spans(nowMillis);
      batch.resource(new Map(Object.entries(attributes)));
      spans.forEach(batch.item);
      return batch.judge();
    },
  };
}

const users = { 'service.name': 'users' };

describe('Evaluator', () => {
  it('looks only at spans that match in every part', () => {
    const match = {
      kinds: ['server' as const],
      routes: ['/a', '/b'],
      resource: [['cloud.region', ['x', 'y']] as const],
    };
    const { send } = setUp([{ ...RULE, match }]);
    const inX = { ...users, 'cloud.region': 'x' };
    expect(send(inX, [span({ route: '/b' })])).toHaveLength(1);
    expect(send(inX, [span({ route: '/c' }), span(), span({ route: '/a', kind: 'client' })])).toEqual([]);
    expect(send({ ...users, 'cloud.region': 'z' }, [span({ route: '/a' })])).toEqual([]);
    expect(send(users, [span({ route: '/a' })])).toEqual([]);
  });

  it('judges each combination of the values of "by" by itself, under labels as Prometheus has them', () => {
    const { send } = setUp([{ ...RULE, by: ['service.name', 'route', 'cloud.region'] }]);
    const judgements = send(users, [span({ route: '/a' }), span({ route: '/b', error: false }), span()]);
    expect(judgements.map(({ labels, verdict }) => [labels, verdict])).toEqual([
      [{ service_name: 'users', route: '/a' }, 'breach'],
      [{ service_name: 'users', route: '/b' }, 'unknown'],
      [{ service_name: 'users' }, 'breach'],
    ]);
  });

  it('brings along what the service says of itself', () => {
    const { send } = setUp([RULE]);
    const said = { 'service.owner': 'o', 'service.runbook.url': 'r', 'service.dashboard.url': 'd' };
    expect(send({ ...users, ...said }, [span()])[0]?.service).toEqual({
      owner: 'o',
      runbookUrl: 'r',
      dashboardUrl: 'd',
    });
  });

  it('counts each span once, whatever it is not counted for, for each rule by itself', () => {
    const { send, notCounted } = setUp([
      RULE,
      { ...RULE, id: 's', alert: 'Short', windowMillis: 1000, latenessMillis: 0 },
    ]);
    const twin = span();
    send(users, [
      twin,
      twin,
      span({ endMillis: NOW - 2000 }),
      span({ endMillis: NOW - 40_001 }),
      span({ endMillis: NOW + 10_001 }),
    ]);
    expect(notCounted.sort()).toEqual([
      'HighErrorRatio duplicate',
      'HighErrorRatio future',
      'HighErrorRatio late',
      'Short duplicate',
      'Short future',
      'Short late',
      'Short late',
    ]);
  });

  it('does not begin a group with what is older than window, lateness and the clocks’ difference', () => {
    const { send, notCounted } = setUp([RULE]);
    expect(send(users, [span({ endMillis: NOW - 50_001 })])).toEqual([]);
    expect(notCounted).toEqual(['HighErrorRatio late']);
    expect(send(users, [span({ endMillis: NOW - 50_000 })])).toHaveLength(1);
  });

  it('watches no more groups than it may, and makes room when one has been idle', () => {
    const { send, evaluator, notCounted } = setUp([RULE], { maxGroupsPerRule: 1 });
    send(users, [span()]);
    expect(send({ 'service.name': 'orders' }, [span(), span()])).toEqual([]);
    expect(notCounted).toEqual(['HighErrorRatio group_limit', 'HighErrorRatio group_limit']);
    evaluator.evictIdle(NOW + 60_000, () => true);
    expect(evaluator.groupCount('r')).toBe(1);
    evaluator.evictIdle(NOW + 50_000, () => false);
    expect(evaluator.groupCount('r')).toBe(1);
    evaluator.evictIdle(NOW + 50_001, () => false);
    expect(evaluator.groupCount('r')).toBe(0);
  });

  it.each([
    [false, 'breach'],
    [true, 'good'],
  ])('after a window of silence, with resolve_on_silence %s, says %s', (resolveOnSilence, verdict) => {
    const { send, evaluator } = setUp([{ ...RULE, resolveOnSilence }]);
    const [judgement] = send(users, [span()]);
    const seat = { ruleId: 'r', groupKey: judgement!.groupKey };
    expect(evaluator.judge(seat, NOW + 29_999)?.verdict).toBe('breach');
    expect(evaluator.judge(seat, NOW + 30_000)?.verdict).toBe(verdict);
  });

  it('says unknown of an alert from before until something comes, even evidence can be asked for', () => {
    const { evaluator } = setUp([RULE]);
    evaluator.adopt({ ruleId: 'r', groupKey: '["users"]', service: { owner: 'o' } }, NOW);
    const judgement = evaluator.judge({ ruleId: 'r', groupKey: '["users"]' }, NOW + 100_000);
    expect(judgement).toMatchObject({
      verdict: 'unknown',
      labels: { service_name: 'users' },
      service: { owner: 'o' },
    });
    expect(judgement?.evidence()).toMatchObject({ count: 0, traceIds: [] });
  });

  it('keeps the windows of rules that stay the same when the rules are replaced', () => {
    const { send, evaluator } = setUp([RULE, { ...RULE, id: 's' }]);
    send(users, [span()]);
    evaluator.setRules([structuredClone(RULE), { ...RULE, id: 's', minCount: 2 }]);
    expect([evaluator.groupCount('r'), evaluator.groupCount('s')]).toEqual([1, 0]);
  });

  it('looks at status and parent of a span', () => {
    const { send } = setUp([{ ...RULE, match: { status: 'error', parent: 'none', resource: [] } }]);
    expect(send(users, [span({ error: false, hasParent: false }), span()])).toEqual([]);
    expect(send(users, [span({ hasParent: false })])).toHaveLength(1);
  });

  it('counts the requests of one trace to one route', () => {
    const { send } = setUp([{ ...RULE, condition: { kind: 'repeats', above: 2 } }]);
    const traceId = 'a'.repeat(32);
    const of = (route: string): Span => span({ traceId, route });
    const before = send(users, [of('/a'), of('/a'), of('/b'), of('/b'), span({ route: '/a' })]);
    expect(before.map(({ verdict }) => verdict)).toEqual(['unknown']);
    const [judgement] = send(users, [of('/a')]);
    expect(judgement?.verdict).toBe('breach');
    expect(judgement?.evidence()).toMatchObject({ value: 3, traceIds: [traceId] });
  });

  it('judges clocks by when spans arrive, however far ahead they are', () => {
    const ahead = { ...RULE, condition: { kind: 'clock_ahead', aboveMillis: 5000 } as const, minCount: 2 };
    const { send, notCounted } = setUp([ahead]);
    const [good] = send(users, [span(), span({ endMillis: NOW + 5000 })]);
    expect(good?.verdict).toBe('unknown');
    const late = [60_000, 61_000, 59_000].map((millis) => span({ endMillis: NOW + millis }));
    const [bad] = send(users, late);
    expect(bad?.verdict).toBe('breach');
    expect(bad?.evidence()).toMatchObject({ value: 61_000, count: 5, eventTimeMillis: NOW });
    expect(notCounted).toEqual([]);
  });
});

describe('Evaluator, over log lines', () => {
  const lineRule: StreamingRule = {
    ...RULE,
    signal: 'logs',
    condition: { kind: 'count', above: 1 },
    match: { severities: ['warn', 'error'], bodyTexts: ['request timeout'], resource: [] },
  };
  const line = (of: Partial<LogLine> = {}): LogLine => ({
    traceId: '',
    spanId: '',
    timeNanos: BigInt(NOW) * 1_000_000n,
    severity: 'error',
    body: 'GET /users: Request Timeout after 5 s',
    ...of,
  });
  const sendLines = (evaluator: Evaluator, lines: readonly LogLine[]): Judgement[] => {
    const batch = evaluator.lines(NOW);
    batch.resource(new Map(Object.entries(users)));
    lines.forEach(batch.item);
    return batch.judge();
  };

  it('counts those that say it, in whatever case, each once, and brings along what they say', () => {
    const { evaluator, notCounted } = setUp([lineRule]);
    const traceId = 'b'.repeat(32);
    const other = [line({ severity: 'info' }), line({ body: 'all is well' })];
    expect(sendLines(evaluator, [line(), line(), ...other])[0]?.verdict).toBe('unknown');
    expect(notCounted).toEqual(['HighErrorRatio duplicate']);
    const [judgement] = sendLines(evaluator, [line({ traceId, body: `request timeout ${'x'.repeat(500)}` })]);
    expect(judgement?.verdict).toBe('breach');
    const { value, traceIds, lines } = judgement!.evidence();
    expect({ value, traceIds }).toEqual({ value: 2, traceIds: [traceId] });
    expect(lines).toEqual([line().body, `request timeout ${'x'.repeat(184)}`]);
  });

  it('has nothing to do with rules over spans', () => {
    const { evaluator, send } = setUp([lineRule]);
    expect(send(users, [span()])).toEqual([]);
    const onlySpans = setUp([RULE]).evaluator.lines(NOW);
    expect(onlySpans.resource(new Map(Object.entries(users)))).toBe(false);
    expect(evaluator.lines(NOW).resource(new Map(Object.entries(users)))).toBe(true);
  });
});
