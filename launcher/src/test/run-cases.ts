import { globSync } from 'node:fs';
import { join } from 'node:path';

import { formatElapsed } from '../clock.ts';
import { oneLine } from '../errors.ts';
import { orderCases } from './case-order.ts';
import { addCounts, noTests } from './jest-results.ts';
import { canHaveOwnNetwork, jest, type JestMode } from './jest-run.ts';
import type { StageContext, StageResult } from './stage.ts';

/** Most of a case is waiting: so many on the platform's ports at once, each in a network of its own, keep two cores busy. */
const BACKGROUND_LANES = 2;

/**
 * Runs every e2e case, each in a jest of its own: some in the foreground, the others beside them where a network of
 * their own can be had, else one after the other. Of those that run at once, what each printed is shown when it ends.
 */
export async function runCases(context: StageContext, root: string, home: string): Promise<StageResult> {
  const cwd = join(root, 'e2e');
  const files = globSync('cases/*/*.spec.ts', { cwd }).sort();
  const { first, foreground, shared, last } = orderCases(files);
  const results: StageResult[] = [];
  const running = new Set<string>();
  const one = async (file: string, mode: JestMode): Promise<StageResult> => {
    const name = file.replace(/^cases\//, '').replace(/\.spec\.ts$/, '');
    console.log(`── ${[`${name} begins`, ...running].join(', beside ')}`);
    running.add(name);
    const since = performance.now();
    const result = await jest(context, cwd, home, `e2e/${name}`, ['--runTestsByPath', file], mode).catch(
      (error: unknown): StageResult => {
        if (context.signal.aborted) throw error;
        // The others go on: what they have started would outlive this run.
        console.error(`${file}: ${oneLine(error)}`);
        return { green: false, counts: { ...noTests, failed: 1 } };
      },
    );
    results.push(result);
    running.delete(name);
    const verdict = result.green ? 'passed' : 'failed';
    const elapsed = formatElapsed(performance.now() - since);
    console.log(`── ${name} ${verdict} in ${elapsed}, ${results.length} of ${files.length}`);
    return result;
  };
  const lane = async (mode: JestMode, ...queues: string[][]): Promise<void> => {
    for (const queue of queues) {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) await one(file, mode);
    }
  };

  for (const file of first) {
    const result = await one(file, 'streamed');
    if (!result.green) return result;
  }
  const open = [...shared];
  await Promise.all([
    lane('at the end', [...foreground], open),
    ...Array.from({ length: canHaveOwnNetwork() ? BACKGROUND_LANES : 0 }, () =>
      lane('in its own network', open),
    ),
  ]);
  await lane('streamed', [...last]);
  return {
    green: results.every(({ green }) => green),
    counts: results.reduce((sum, { counts }) => addCounts(sum, counts ?? noTests), noTests),
  };
}
