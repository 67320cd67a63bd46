import pino from 'pino';
import type { Attempt } from '../notify/webhook-sender';
import { FakeClock } from '../testing/fake-clock';
import { engineChecks } from './engine-checks';
import { Heartbeat } from './heartbeat';

const MINUTE = 60_000;

describe('Heartbeat', () => {
  const clock = new FakeClock();
  const well = {
    probeIngest: (): Promise<string | undefined> => Promise.resolve(undefined),
    engine: { lastTickMillis: Infinity },
    queries: { unansweredSinceMillis: undefined as number | undefined },
    state: { probe: (): string | undefined => undefined },
  };
  let parts = well;
  let answer: Attempt;
  let outcomes: string[];
  let lines: string[];
  let heartbeat: Heartbeat;

  beforeEach(() => {
    [parts, answer, outcomes, lines] = [{ ...well }, { result: 'delivered', reason: 'HTTP 200' }, [], []];
    const look = {
      probeIngest: () => parts.probeIngest(),
      engine: {
        get lastTickMillis() {
          return parts.engine.lastTickMillis;
        },
      },
      queries: {
        get unansweredSinceMillis() {
          return parts.queries.unansweredSinceMillis;
        },
      },
      state: { probe: () => parts.state.probe() },
      clock,
    };
    heartbeat = new Heartbeat({
      intervalMillis: MINUTE,
      checks: engineChecks(look, { tickIntervalMillis: 1000, maxUnansweredMillis: 5 * MINUTE }),
      send: () => Promise.resolve(answer),
      onBeat: (outcome) => outcomes.push(outcome),
      logger: pino({}, { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) }),
      clock,
    });
    heartbeat.start();
  });
  afterEach(() => {
    heartbeat.stop();
  });

  it('beats once an interval, first after one, and says so once', async () => {
    await clock.pass(MINUTE - 1);
    expect(outcomes).toEqual([]);
    await clock.pass(2 * MINUTE + 1);
    expect(outcomes).toEqual(['delivered', 'delivered', 'delivered']);
    expect(lines).toEqual(['heartbeats are delivered']);
  });

  it('goes on after a receiver that did not take it', async () => {
    answer = { result: 'retry', reason: 'ECONNREFUSED' };
    await clock.pass(2 * MINUTE);
    answer = { result: 'rejected', reason: 'HTTP 404' };
    await clock.pass(MINUTE);
    answer = { result: 'delivered', reason: 'HTTP 200' };
    await clock.pass(MINUTE);
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'delivered']);
    const failed = 'the heartbeat was not taken by its receiver';
    expect(lines).toEqual([failed, failed, 'heartbeats are delivered']);
  });

  it.each<[string, () => Partial<typeof well>]>([
    ['the ingest port answers wrongly', () => ({ probeIngest: () => Promise.resolve('HTTP 503') })],
    [
      'the ingest port does not answer',
      () => ({ probeIngest: () => Promise.reject(new Error('ECONNREFUSED')) }),
    ],
    ['time stands still for the rules', () => ({ engine: { lastTickMillis: clock.now() + MINUTE - 5001 } })],
    ['Prometheus is silent', () => ({ queries: { unansweredSinceMillis: clock.now() - 4 * MINUTE - 1 } })],
    ['the state file cannot be written', () => ({ state: { probe: () => 'cannot be written' } })],
  ])('is silent when %s, and comes back', async (_, change) => {
    parts = { ...well, ...change() };
    await clock.pass(MINUTE);
    expect(outcomes).toEqual(['withheld']);
    parts = well;
    await clock.pass(MINUTE);
    expect(outcomes).toEqual(['withheld', 'delivered']);
    expect(lines).toEqual([
      'the heartbeat is withheld: the engine does not work',
      'heartbeats are delivered',
    ]);
  });

  it('bears what is only late', async () => {
    parts = {
      ...well,
      engine: { lastTickMillis: clock.now() + MINUTE - 5000 },
      queries: { unansweredSinceMillis: clock.now() - 4 * MINUTE },
    };
    await clock.pass(MINUTE);
    expect(outcomes).toEqual(['delivered']);
  });

  it('ends', async () => {
    heartbeat.stop();
    await clock.pass(5 * MINUTE);
    expect(outcomes).toEqual([]);
  });
});
