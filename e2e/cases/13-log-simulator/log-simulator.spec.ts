import { logLineCount, logLines, promQuery } from '../../support/backends.ts';
import { OpenApi } from '../../support/openapi.ts';
import { Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { ask, droppedOf, ended, state } from './simulator.ts';

const LINES = '{service_name="simulated-shop"}';
const FAST = { lines_per_second: 20_000, duration_seconds: 15 };
/** On a machine that does other things besides, one run of a few has it for itself. */
const MAX_RUNS = 3;
const TO_FILE = { lines_per_second: 1000, duration_seconds: 5, destination: 'file' };

describe('the log simulator', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({
      programs: ['loki', 'prometheus', 'enrichment-processor', 'otelcol', 'alert-engine', 'log-simulator'],
    });
  });
  afterAll(() => stack.stop());

  /** Loki shows a line some moments after it has acknowledged it. */
  const inLoki = (query: string, atLeast: number): Promise<number> =>
    eventually(
      'the lines in Loki',
      async () => {
        const count = await logLineCount(query);
        if (count < atLeast) throw new Error(`${count} of ${atLeast}`);
        return count;
      },
      { timeoutMillis: 180_000, intervalMillis: 1000 },
    );

  it('keeps to its OpenAPI document, and names the field of a bad input', async () => {
    const api = new OpenApi((await ask('GET', '/openapi.json')).body);
    const check = async (method: string, path: string, status: number, body?: unknown): Promise<unknown> => {
      const answer = await ask(method, path, body);
      expect(answer.status).toBe(status);
      api.check(method.toLowerCase(), path, answer);
      return answer.body;
    };
    await check('GET', '/health', 200);
    await check('GET', '/simulation', 200);
    for (const [wrong, pointer] of [
      [{ lines_per_second: 50_001 }, '#/lines_per_second'],
      [{ mix: { create: 0, read: 0, update: 0, delete: 0 } }, '#/mix'],
      [{ error_share: '5 %' }, '#/error_share'],
      [{ line_per_second: 5 }, '#/line_per_second'],
    ] as const) {
      const problem = (await check('POST', '/simulation', 400, wrong)) as { errors: { pointer: string }[] };
      expect(problem.errors.map((error) => error.pointer)).toEqual([pointer]);
    }
    await check('POST', '/simulation', 202, { lines_per_second: 50, duration_seconds: 600 });
    await check('POST', '/simulation', 409, {});
    const stopped = await check('DELETE', '/simulation', 200);
    expect(stopped).toMatchObject({ running: false, lines_waiting: 0 });
    expect(api.unused).toEqual([]);
  });

  it('makes 20,000 lines a second, all of which are in Loki, read and by operation', async () => {
    let dropped = Infinity;
    for (let run = 1; dropped > 0 && run <= MAX_RUNS; run += 1) dropped = await droppedInARun();
    expect(dropped).toBe(0);
  });

  async function droppedInARun(): Promise<number> {
    const before = await inLoki(LINES, (await state()).lines_delivered);
    expect((await ask('POST', '/simulation', FAST)).status).toBe(202);
    const end = await ended();
    const { lines_made: made, made_by_operation: byOperation } = end;
    const dropped = droppedOf(end);
    expect(made).toBe(FAST.lines_per_second * FAST.duration_seconds);
    const found = (await inLoki(LINES, before + made - dropped)) - before;
    console.log(`${made} lines made, ${end.lines_delivered} delivered, ${dropped} dropped, ${found} in Loki`);
    // Of requests without an answer some may have arrived.
    expect(found).toBeLessThanOrEqual(made);
    for (const [operation, count] of Object.entries(byOperation)) {
      // Of the lines before, some were of this operation too.
      const read = await logLineCount(`${LINES} | crud_operation="${operation}"`);
      expect(read).toBeGreaterThanOrEqual(count - dropped);
      expect(read).toBeLessThanOrEqual(count + before);
    }
    return dropped;
  }

  it('shows its operations in Prometheus, as counter and histogram', async () => {
    const { made_by_operation: byOperation } = await state();
    for (const [operation, count] of Object.entries(byOperation)) {
      const metric = (name: string): Promise<number> =>
        eventually(
          `${name} of ${operation}`,
          async () => {
            const [sample] = await promQuery(`${name}{crud_operation="${operation}"}`);
            return sample !== undefined && sample.value >= count ? sample.value : undefined;
          },
          { timeoutMillis: 60_000, intervalMillis: 1000 },
        );
      await metric('log_simulator_lines_total');
      await metric('log_simulator_request_duration_seconds_count');
    }
  });

  it('writes a file that the Collector reads', async () => {
    const startEpochMillis = Date.now();
    expect((await ask('POST', '/simulation', TO_FILE)).status).toBe(202);
    const { lines_made: made, lines_delivered: written, last_lines: last } = await ended();
    expect([made, written]).toEqual([5000, 5000]);
    const fromFile = `${LINES} | log_file_name=~"access.*"`;
    expect(await inLoki(fromFile, made)).toBe(made);
    const lines = new Set(
      (await logLines(fromFile, { startEpochMillis: startEpochMillis - 2000 })).map(({ line }) => line),
    );
    for (const line of last) expect(lines).toContain(line);
  });
});
