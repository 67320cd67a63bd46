import { seeded } from '../../support/random.ts';
import { sleep } from '../../support/wait.ts';
import { FaultyDownstream } from './faulty-downstream.ts';
import { ProcessorProcess } from './processor-process.ts';
import { Sender } from './sender.ts';

/** An hour by hand: TRACE_CHAOS_SECONDS=3600. Another course of events: TRACE_CHAOS_SEED. */
const CHAOS_MILLIS = Number(process.env.TRACE_CHAOS_SECONDS ?? 90) * 1000;
const SEED = Number(process.env.TRACE_CHAOS_SEED ?? 4);

const CAPACITY_MILLIS = 4000;
const CALM_MILLIS = 5000;
const RECOVERY_MILLIS = 5000;
/** Weather changes: a calm or a stormy stretch lasts up to this. */
const STRETCH_MILLIS = 5000;
const MAX_IN_FLIGHT_MEBIBYTES = 32;
/** What the comment on receive.maxInFlightBytes promises. */
const MEMORY_BOUND_MEBIBYTES = 5 * MAX_IN_FLIGHT_MEBIBYTES + 150;

jest.setTimeout(CHAOS_MILLIS + 240_000);

/** The downstream refuses, stalls, resets and closes at random, under load at half of what the hop can do. */
describe('chaos downstream', () => {
  const random = seeded(SEED);
  const downstream = new FaultyDownstream(random);
  let processor: ProcessorProcess;
  let sender: Sender;

  beforeAll(async () => {
    processor = new ProcessorProcess({
      http: { port: 0 },
      receive: {
        port: 0,
        maxReceiveBytes: '8MiB',
        maxInFlightBytes: `${MAX_IN_FLIGHT_MEBIBYTES}MiB`,
        retryAfter: '200ms',
      },
      enrich: { attributes: { 'deployment.environment.name': 'chaos' }, catalogue: 'catalogue.yaml' },
      forward: { endpoint: await downstream.start(), timeout: '3s', maxReconnect: '200ms' },
    });
    sender = new Sender(await processor.ready());
  });
  afterAll(async () => {
    sender.close();
    await processor.stop();
    downstream.stop();
  });

  it('loses nothing that was acknowledged, stays within its memory, and recovers', async () => {
    await sender.flatOut(32, CAPACITY_MILLIS); // warm-up
    const rate = (await sender.flatOut(32, CAPACITY_MILLIS)) / 2;
    const calmFrom = Date.now();
    await sender.atRate(rate, CALM_MILLIS);
    const calmP99Millis = sender.p99MillisSince(calmFrom);

    const ends = Date.now() + CHAOS_MILLIS;
    const load = sender.atRate(rate, CHAOS_MILLIS + 2 * RECOVERY_MILLIS);
    while (Date.now() < ends) {
      // Most stretches are bad, some are hopeless, and some are calm.
      downstream.faultRate = [0, 0.1, 0.5, 1][Math.floor(random() * 4)] ?? 0;
      await sleep(Math.min(random() * STRETCH_MILLIS, ends - Date.now()));
    }
    downstream.faultRate = 0;
    const recoveredFrom = Date.now() + RECOVERY_MILLIS;
    await load;
    await sender.drain(60_000);

    const lost = sender.acknowledged.filter(({ number }) => !downstream.arrived.has(number));
    const recoveredP99Millis = sender.p99MillisSince(recoveredFrom);
    const twice = [...downstream.arrived.values()].filter((times) => times > 1).length;
    const peakMebibytes = Math.round(processor.peakMemoryMebibytes());
    console.log(
      `${Math.round(rate)} requests/s for ${CHAOS_MILLIS / 1000} s: ${sender.acknowledged.length} acknowledged, ` +
        `${lost.length} lost, ${twice} arrived more than once, refused for good ${JSON.stringify([...sender.refused])}, ` +
        `${sender.overflowed} not sent; p99 ${calmP99Millis} ms before, ${recoveredP99Millis} ms from ` +
        `${RECOVERY_MILLIS / 1000} s after; peak ${peakMebibytes} MiB of ${MEMORY_BOUND_MEBIBYTES}; ` +
        `faults ${JSON.stringify(Object.fromEntries(downstream.played))}`,
    );
    expect(processor.running).toBe(true);
    expect(lost).toEqual([]);
    expect(sender.acknowledged.length).toBeGreaterThan((CHAOS_MILLIS / 1000) * rate * 0.1);
    expect(downstream.played.size).toBe(12);
    // RESOURCE_EXHAUSTED without RetryInfo is final, as the downstream said; nothing else may be.
    expect([...sender.refused.keys()]).toEqual(['RESOURCE_EXHAUSTED']);
    expect(peakMebibytes).toBeLessThan(MEMORY_BOUND_MEBIBYTES);
    // As before, give or take what a busy machine adds; what is still stuck would take the 3 s of forward.timeout.
    expect(recoveredP99Millis).toBeLessThan(Math.max(5 * calmP99Millis, 1500));
  });
});
