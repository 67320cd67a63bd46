import { formatElapsed, type Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { oneLine } from '../errors.ts';
import { addCounts, formatCounts, noTests, type TestCounts } from '../test/jest-results.ts';
import type { Stage, StageResult } from '../test/stage.ts';
import { stageGroups, testStages, type StageGroup } from '../test/stages.ts';
import { Terminal } from '../terminal/terminal.ts';
import { listenForStopSignals } from './stop-signals.ts';

export interface TestOptions {
  /** One group of stages instead of all. */
  readonly only: string | undefined;
  readonly pattern: string | undefined;
}

/** `npm test`: stops at the first red stage; its last line is `N passed, N failed`. Returns the exit code. */
export async function runTests(
  config: LauncherConfig,
  clock: Clock,
  { only, pattern }: TestOptions,
): Promise<number> {
  const groups = only === undefined ? stageGroups : stageGroups.filter((group) => group === only);
  if (groups.length === 0) {
    console.error(`There is no test group "${only ?? ''}": ${stageGroups.join(', ')}.`);
    return 2;
  }
  const { stop } = listenForStopSignals(clock);
  let counts = noTests;
  let green = true;
  for (const stage of testStages({
    config,
    clock,
    signal: stop,
    groups: groups satisfies readonly StageGroup[],
    pattern,
  })) {
    const result = await runStage(stage, config, clock);
    counts = addCounts(counts, countsOf(result));
    green = result.green;
    if (!green) {
      console.log(stop.aborted ? 'Stopped.' : `${stage.name} is red: ${stage.remedy}.`);
      break;
    }
  }
  console.log(formatCounts(counts));
  return green ? 0 : 1;
}

async function runStage(stage: Stage, config: LauncherConfig, clock: Clock): Promise<StageResult> {
  const since = clock.now();
  const terminal = new Terminal(process.stdout, { clock, color: config.color });
  const bar = terminal.paint('bold', '──');
  if (stage.streams) terminal.say(`${bar} ${stage.name}`);
  else terminal.show([{ name: stage.name, state: 'running', since, detail: '', progress: 'active' }]);
  let result: StageResult;
  try {
    result = await stage.run();
  } catch (error) {
    result = { green: false, output: oneLine(error) };
  }
  const verdict = result.green ? terminal.paint('green', 'passed') : terminal.paint('red', 'failed');
  const note = result.note === undefined ? '' : `: ${result.note}`;
  terminal.show([]);
  if (result.output !== undefined) terminal.say(result.output);
  terminal.say(`${bar} ${stage.name} ${verdict} in ${formatElapsed(clock.now() - since)}${note}`);
  terminal.close();
  return result;
}

/** A red stage that counts no tests is one failure, so that the last line never says "0 failed" of a red run. */
function countsOf({ green, counts = noTests }: StageResult): TestCounts {
  return green || counts.failed > 0 ? counts : { ...counts, failed: counts.failed + 1 };
}
