import { closest } from 'fastest-levenshtein';

import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { drills } from '../drills/index.ts';
import type { Drill } from '../drills/drill.ts';
import { engineAlerts } from '../drills/runner/alerts.ts';
import { drillTable } from '../drills/runner/drill-table.ts';
import { runDrill, type Outcome } from '../drills/runner/run-drill.ts';
import { Terminal } from '../terminal/terminal.ts';
import type { StopSignals } from './stop-signals.ts';

export interface DrillOptions {
  readonly config: LauncherConfig;
  readonly clock: Clock;
  readonly signals: StopSignals;
}

const usage = 'Usage: npm run drill -- list | run <name> | run all.';
const all = 'all';
/** 128 + SIGINT, as shells have it. */
const interruptedExitCode = 130;

/** `npm run drill -- list|run <name>`: a fault on purpose, and whether its alert tells of it; the exit code. */
export async function drill(words: readonly (string | undefined)[], options: DrillOptions): Promise<number> {
  const [verb, name] = words;
  if (verb === 'list') {
    console.log(drillTable(drills));
    return 0;
  }
  const chosen = verb === 'run' ? drills.filter((it) => name === all || it.name === name) : [];
  if (chosen.length === 0) {
    console.error(verb === 'run' && name !== undefined ? unknown(name) : usage);
    return 2;
  }
  // Whoever does not want to wait for the clean-up: faults end by themselves, locks with their connection.
  options.signals.kill.addEventListener('abort', () => process.exit(interruptedExitCode));
  const outcomes = await runInTurn(chosen, options);
  if (chosen.length > 1) console.log(summary(outcomes));
  if (options.signals.stop.aborted) return interruptedExitCode;
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
}

async function runInTurn(
  chosen: readonly Drill[],
  { config, clock, signals }: DrillOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const terminal = new Terminal(process.stdout, { clock, color: config.color });
  const say = (line: string): void => {
    terminal.say(line.replace(/^[✓✗]/, (mark) => terminal.paint(mark === '✓' ? 'green' : 'red', mark)));
  };
  try {
    for (const it of chosen) {
      if (signals.stop.aborted) break;
      terminal.say(`${it.name}: ${it.summary}, for ${it.durationSeconds} s at most`);
      let [phase, since] = ['', clock.now()];
      const outcome = await runDrill(it, {
        home: config.home,
        environment: config.environment,
        clock,
        alerts: engineAlerts,
        stop: signals.stop,
        show: (state, detail) => {
          if (state !== phase) [phase, since] = [state, clock.now()];
          terminal.show([{ name: it.name, state, since, detail, progress: 'active' }]);
        },
        say,
      });
      terminal.show([]);
      say(verdict(outcome));
      outcomes.push(outcome);
    }
  } finally {
    terminal.close();
  }
  return outcomes;
}

const verdict = ({ name, passed, reason }: Outcome): string =>
  `${passed ? '✓' : '✗'} ${name} ${passed ? 'passed' : 'failed'}: ${reason}`;

function summary(outcomes: readonly Outcome[]): string {
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return ['', ...outcomes.map(verdict), `${passed} of ${outcomes.length} drills passed`].join('\n');
}

function unknown(name: string): string {
  const names = drills.map((it) => it.name);
  return `There is no drill "${name}"; did you mean "${closest(name, names)}"? ${usage} Drills: ${names.join(', ')}.`;
}
