import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { oneLine } from '../errors.ts';
import { programsOn, stopOrder } from '../programs/index.ts';
import type { Program, ProgramName } from '../programs/program.ts';
import type { ProcessIdentity } from '../state/process-identity.ts';
import { writeState } from '../state/state-file.ts';
import type { Row, Terminal } from '../terminal/terminal.ts';
import { LogFile } from './log-file.ts';
import { ProgramRunner, type ProgramState } from './runner.ts';

export interface PlatformOptions {
  readonly config: LauncherConfig;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly self: ProcessIdentity;
}

/** All programs together: who waits for whom, what the other terminals are told, the order of stopping. */
export class Platform {
  private readonly runners: ReadonlyMap<ProgramName, ProgramRunner>;
  private readonly changes = new EventEmitter();
  private readonly options: PlatformOptions;
  private stateProblem = '';

  constructor(options: PlatformOptions) {
    this.options = options;
    const { config, clock, terminal } = options;
    this.runners = new Map(
      programsOn(config.logsRoad).map((program) => {
        const runner = new ProgramRunner(program, {
          root: config.root,
          environment: config.environment,
          log: new LogFile(join(config.home, 'logs', `${program.name}.log`)),
          clock,
          onChange: () => {
            this.changed();
          },
          say: (line) => {
            terminal.say(line);
          },
        });
        return [program.name, runner];
      }),
    );
    this.changes.setMaxListeners(0);
  }

  runner(name: ProgramName): ProgramRunner {
    const runner = this.runners.get(name);
    if (runner === undefined) throw new Error(`no program is called ${name}`);
    return runner;
  }

  /** Starts a program as soon as those that it comes after are ready. */
  async start(program: Program, executable: string, signal: AbortSignal): Promise<void> {
    const runner = this.runner(program.name);
    const { config } = this.options;
    const command = program.command({ root: config.root, home: config.home, executable });
    const after = program.after ?? [];
    if (after.length > 0) {
      const missing = (): string[] => after.filter((name) => this.runner(name).state !== 'ready');
      await this.until(() => {
        const names = missing();
        if (names.length > 0) runner.enter('starting', `waits for ${names.join(', ')}`, 'waiting');
        return names.length === 0;
      }, signal);
    }
    if (!signal.aborted) runner.start(command);
  }

  /** Resolves when the predicate holds, or at the abort. Looked at after each change. */
  async until(predicate: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !predicate()) {
      await once(this.changes, 'change', { signal }).catch(() => undefined);
    }
  }

  /** True if nothing more is to be expected soon: each program is ready, or failed, or waits for one that failed. */
  isSettled(wanted: readonly Program[]): boolean {
    const state = (name: ProgramName): ProgramState => this.runner(name).state;
    return wanted.every(({ name, after = [] }) => {
      const hasEnded = ['ready', 'failed'].includes(state(name));
      return hasEnded || after.some((dependency) => state(dependency) === 'failed');
    });
  }

  async stop(): Promise<void> {
    for (const group of stopOrder)
      await Promise.all(group.map(async (name) => this.runners.get(name)?.stop()));
  }

  kill(): void {
    for (const runner of this.runners.values()) runner.kill();
  }

  private changed(): void {
    const { config, terminal, self } = this.options;
    const runners = [...this.runners.values()];
    terminal.show(runners.map(toRow));
    try {
      writeState(config.home, {
        launcher: self,
        programs: runners.map(({ program, identity, state, since, detail }) => ({
          name: program.name,
          process: identity ?? null,
          state,
          since: new Date(since).toISOString(),
          address: program.address ?? null,
          detail,
        })),
      });
      this.stateProblem = '';
    } catch (error) {
      // A full disk: the programs go on, only `npm run status` does not see it.
      if (this.stateProblem === '') terminal.say(`${config.home}/run cannot be written: ${oneLine(error)}`);
      this.stateProblem = oneLine(error);
    }
    // Not from within the change itself: a listener may cause the next one.
    setImmediate(() => this.changes.emit('change'));
  }
}

function toRow({ program, state, since, detail, waiting }: ProgramRunner): Row {
  const busy = state === 'building' || state === 'starting';
  const progress = !busy ? 'done' : waiting ? 'waiting' : 'active';
  return {
    name: program.name,
    state,
    since,
    detail: state === 'ready' ? (program.address ?? '') : detail,
    progress,
  };
}
