import { CountedSender, describeTally } from '../../support/counted-sender.ts';
import { drained, sleep } from '../../support/drain.ts';
import { Stack } from '../../support/stack.ts';

/** What the design forbids: a processor that acknowledges before anything is on disk. */
const BATCH_IN_FAN_OUT = [
  '--config=yaml:processors::batch/unsafe: {timeout: 2s, send_batch_size: 100000}',
  '--config=yaml:service::pipelines::traces/tempo::processors: [memory_limiter/fan_out, batch/unsafe]',
  '--config=yaml:service::pipelines::logs/loki::processors: [memory_limiter/fan_out, batch/unsafe]',
];

describe('negative control', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      programs: ['tempo', 'loki', 'enrichment-processor', 'otelcol'],
      changes: { otelcol: { args: BATCH_IN_FAN_OUT } },
    });
  });
  afterAll(() => stack.stop());

  it('reports the loss that a batch processor in the fan-out causes', async () => {
    const sender = new CountedSender('negative-control', 40);
    for (let kill = 0; kill < 5; kill += 1) {
      await sleep(1500);
      await stack.program('otelcol').kill();
      await stack.program('otelcol').start();
    }
    await sleep(500);
    await sender.stop();
    await drained();
    await sleep(2500);
    const spans = await sender.tallySpans();
    const lines = await sender.tallyLines();
    console.log(
      `batch processor in the fan-out\n${describeTally('spans', spans)}\n${describeTally('log lines', lines)}`,
    );
    expect(spans.lost).toBeGreaterThan(0);
    expect(lines.lost).toBeGreaterThan(0);
  });
});
