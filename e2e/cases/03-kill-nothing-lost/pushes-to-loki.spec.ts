import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { drained, sleep } from '../../support/drain.ts';
import { Stack } from '../../support/stack.ts';

const SENDERS = 6;
const KILLS = 6;
/** Many pushes a second, and many that have waited when Loki is back. */
const SMALL_PUSHES = ['min_size: 400', 'max_size: 800', 'flush_timeout: 5ms'].map(
  (setting) => `--config=yaml:exporters::otlp_http/loki::sending_queue::batch::${setting}`,
);

// With more than one push at a time Loki loses some of a stream's lines (docs/adr/0012).
describe('many pushes to Loki', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({
      programs: ['loki', 'enrichment-processor', 'otelcol'],
      changes: { otelcol: { args: SMALL_PUSHES } },
    });
  });
  afterAll(() => stack.stop());

  it('are all there after it was killed again and again', async () => {
    const senders = Array.from({ length: SENDERS }, () => new CountedSender('pushes', 10, ['logs']));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(1000);
      await stack.program('loki').kill();
      await sleep(1000);
      await stack.program('loki').start();
    }
    await sleep(500);
    await Promise.all(senders.map((sender) => sender.stop()));
    await drained();
    const tallies = await Promise.all(senders.map((sender) => sender.tallyLines()));
    console.log(tallies.map((tally) => describeTally('log lines', tally)).join('\n'));
    for (const { acknowledged, lost } of tallies) {
      expect(acknowledged).toBeGreaterThan(1000);
      expect(lost).toBe(0);
    }
  });
});
