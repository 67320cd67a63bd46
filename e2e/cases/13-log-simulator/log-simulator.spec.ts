import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logLineCount, logLines, promQuery } from '../../support/backends.ts';
import { type CommandEnd, launcherCommand } from '../../support/launcher-command.ts';
import { OpenApi } from '../../support/openapi.ts';
import { Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { ask, droppedOf, ended, state } from './simulator.ts';

const LINES = '{service_name="simulated-shop"}';
const FAST = { lines_per_second: 20_000, duration_seconds: 15 };
/** On a machine that does other things besides, one run of a few has it for itself. */
const MAX_RUNS = 3;
const SCENARIO = 'apps/sim-service/scenarios/rush.yaml';
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

  it('makes 20,000 lines a second, all of which are in Loki, read and by operation', async () => {
    let lacking = Infinity;
    for (let run = 1; lacking > 0 && run <= MAX_RUNS; run += 1) lacking = await lackingInARun();
    expect(lacking).toBe(0);
  });

  /** Lines that were not made, or dropped. */
  async function lackingInARun(): Promise<number> {
    const before = await inLoki(LINES, (await state()).lines_delivered);
    expect((await ask('POST', '/simulation', FAST)).status).toBe(202);
    const end = await ended();
    const { lines_made: made, made_by_operation: byOperation } = end;
    const dropped = droppedOf(end);
    // A pause of the whole process is not made up for.
    const missed = FAST.lines_per_second * FAST.duration_seconds - made;
    expect(missed).toBeGreaterThanOrEqual(0);
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
    return dropped + missed;
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

  it('keeps to its OpenAPI document, and names the field of a bad input', async () => {
    const api = new OpenApi((await ask('GET', '/openapi.json')).body);
    const check = async (method: string, path: string, status: number, body?: unknown): Promise<unknown> => {
      const answer = await ask(method, path, body);
      expect(answer.status).toBe(status);
      api.check(method.toLowerCase(), path, answer);
      return answer.body;
    };
    await check('GET', '/health', 200);
    await check('GET', '/healthz', 200);
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
    await check('POST', '/scenario', 409, { steps: [{}] });
    const stopped = await check('DELETE', '/simulation', 200);
    expect(stopped).toMatchObject({ running: false, lines_waiting: 0 });
    const wrong = { steps: [{}, { lines_per_second: 0 }] };
    const problem = (await check('POST', '/scenario', 400, wrong)) as { errors: { pointer: string }[] };
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['#/steps/1/lines_per_second']);
    expect(await check('GET', '/scenario', 200)).toEqual({ running: false, steps: 0, results: [] });
    await check('POST', '/scenario', 202, { steps: [{ duration_seconds: 600 }, {}] });
    expect(await check('DELETE', '/scenario', 200)).toMatchObject({ running: false, steps: 2 });
    expect((await state()).running).toBe(false);
    expect(api.unused).toEqual([]);
  });

  it('runs a scenario file, and says what came of each step', async () => {
    const before = await logLineCount(LINES);
    const { code, output } = await simulate(SCENARIO);
    expect(output).toEqual([
      `${SCENARIO}: 3 steps; Ctrl-C ends it`,
      'step 1 of 3: 200 lines made, 200 delivered, none dropped',
      'step 2 of 3: 8000 lines made, 8000 delivered, none dropped',
      'step 3 of 3: 4000 lines made, 4000 delivered, none dropped',
    ]);
    expect(code).toBe(0);
    // More than half of the last step's were errors, and nearly none of the others.
    expect((await state()).errors).toBeGreaterThan(2000);
    await inLoki(LINES, before + 200 + 8000 + 4000);
  });

  it('names the place of a mistake in a scenario file, and begins none of it', async () => {
    const file = join(stack.home, 'scenario.yaml');
    writeFileSync(file, 'steps:\n  - {}\n  - { lines_per_second: 60000, user: 5 }\n');
    const { code, output } = await simulate(file);
    expect(code).toBe(2);
    expect(output.sort()).toEqual([
      expect.stringContaining(`${file}: steps[1].lines_per_second: `) as string,
      expect.stringContaining(`${file}: steps[1].user: `) as string,
    ]);
    writeFileSync(file, 'steps: [');
    expect(await simulate(file)).toMatchObject({ code: 2, output: [expect.stringContaining(`${file}: `)] });
    expect((await state()).running).toBe(false);
  });

  it('ends a scenario at Ctrl-C, when its lines are delivered', async () => {
    const file = join(stack.home, 'scenario.yaml');
    writeFileSync(file, 'steps: [{ duration_seconds: 600 }, {}]\n');
    const isUnderWay = eventually(
      'the first step makes lines',
      async () => {
        const { running, lines_made: made } = await state();
        return (running && made > 0) || undefined;
      },
      { timeoutMillis: 120_000, intervalMillis: 50 },
    );
    const { code, output } = await simulate(file, isUnderWay);
    expect(code).toBe(1);
    expect(output.at(-1)).toMatch(/^step 1 of 2: (\d+) lines made, \1 delivered, none dropped$/);
    expect((await state()).running).toBe(false);
  });
});

/** `npm run simulate`, which is told Ctrl-C after that if it is given. */
function simulate(file: string, interruptAfter?: Promise<unknown>): Promise<CommandEnd> {
  return launcherCommand(['simulate', file], interruptAfter === undefined ? {} : { interruptAfter });
}
