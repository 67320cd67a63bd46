import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isAborted } from '../abort.ts';
import { formatElapsed, type Clock } from '../clock.ts';
import type { Command, Program } from '../programs/program.ts';
import { sendSignal, type ProcessIdentity } from '../state/process-identity.ts';
import { Backoff, defaultBackoff, type BackoffLimits } from './backoff.ts';
import { startChild } from './child.ts';
import type { LogFile } from './log-file.ts';
import { firstTakenPort } from './ports.ts';
import { probe } from './readiness.ts';

export type ProgramState = 'ready' | 'starting' | 'building' | 'failed' | 'stopped';

const startingProbeMillis = 200;
const readyProbeMillis = 5_000;

export interface RunnerOptions {
  readonly root: string;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly log: LogFile;
  readonly clock: Clock;
  readonly backoff?: BackoffLimits;
  /** The program's state, process or detail changed. */
  readonly onChange: () => void;
  /** One line for the user. */
  readonly say: (line: string) => void;
}

/** Keeps one program running: checks its ports, starts it, watches its readiness, restarts it with back-off. */
export class ProgramRunner {
  readonly program: Program;
  state: ProgramState = 'stopped';
  /** What is being waited for or went wrong, in a few words. */
  detail = '';
  /** True if nothing is done for it yet: others come first. */
  waiting = false;
  /** When the state was entered, milliseconds since the epoch. */
  since: number;
  identity: ProcessIdentity | undefined;
  private readonly options: RunnerOptions;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(program: Program, options: RunnerOptions) {
    this.program = program;
    this.options = options;
    this.since = options.clock.now();
  }

  enter(state: ProgramState, detail = '', waiting?: 'waiting'): void {
    if (state === this.state && detail === this.detail) return;
    this.waiting = waiting !== undefined;
    if (state !== this.state) this.since = this.options.clock.now();
    this.state = state;
    this.detail = detail;
    this.options.onChange();
  }

  /** Starts keeping it running; returns at once. */
  start(command: Command): void {
    if (this.stopping.signal.aborted) return;
    this.running ??= this.keepRunning(command);
  }

  /** SIGTERM, and SIGKILL after the deadline; resolves when the process is gone. */
  async stop(): Promise<void> {
    const { clock } = this.options;
    this.stopping.abort();
    const { identity, running, program } = this;
    if (identity !== undefined && running !== undefined) {
      sendSignal(identity, 'SIGTERM', 'process');
      const cancel = new AbortController();
      await Promise.race([running, clock.wait(program.stopDeadlineMillis, cancel.signal)]);
      cancel.abort();
      if (this.identity !== undefined) {
        const note = program.slowStopNote === undefined ? '' : ` (${program.slowStopNote})`;
        const deadline = formatElapsed(program.stopDeadlineMillis);
        this.options.say(`${program.name} did not stop within ${deadline} and is killed${note}`);
      }
    }
    this.kill();
    await running;
    this.enter('stopped');
  }

  /** SIGKILL to the whole process group, now. */
  kill(): void {
    this.stopping.abort();
    if (this.identity !== undefined) sendSignal(this.identity, 'SIGKILL', 'group');
  }

  private async keepRunning(command: Command): Promise<void> {
    const { clock, log, say, backoff: limits = defaultBackoff } = this.options;
    const { name } = this.program;
    const stop = this.stopping.signal;
    const backoff = new Backoff(limits);
    let lastProblem = '';
    while (!stop.aborted) {
      const startedAt = clock.now();
      const obstacle = await this.obstacle();
      // Told to stop in the meantime: nothing may be started any more.
      if (isAborted(stop)) break;
      const problem = obstacle ?? (await this.runOnce(command));
      if (isAborted(stop)) break;
      if (problem.final) {
        this.enter('failed', problem.text);
        say(`${name} ${problem.text} (log: ${log.path})`);
        return;
      }
      const wait = backoff.next(clock.now() - startedAt);
      this.enter('failed', problem.text);
      // A port that stays taken is said once, not at every try.
      if (problem.text !== lastProblem || problem.ran) {
        say(
          `${name} ${problem.text}; next try in ${formatElapsed(wait)}${problem.ran ? ` (log: ${log.path})` : ''}`,
        );
      }
      lastProblem = problem.text;
      await clock.wait(wait, stop);
    }
  }

  /** What can be known to be in the way before the program is started. */
  private async obstacle(): Promise<Problem | undefined> {
    const missing = this.program.needs.find((file) => !existsSync(join(this.options.root, file)));
    if (missing !== undefined)
      return { text: `cannot start: ${missing} is missing`, ran: false, final: false };
    const taken = await firstTakenPort(this.program.ports);
    if (taken === undefined) return undefined;
    const text = `cannot start: port ${taken.number} on 127.0.0.1 is taken; stop the program that holds it, or change ${taken.setting}`;
    return { text, ran: false, final: false };
  }

  private async runOnce(command: Command): Promise<Problem> {
    const { log, root, environment } = this.options;
    this.enter('starting');
    const { identity, ended } = startChild(command, root, environment, log, (output) =>
      this.wrongConfiguration(output),
    );
    this.identity = identity;
    this.options.onChange();
    const gone = new AbortController();
    const watching = this.watchReadiness(gone.signal);
    const { text, wrongConfiguration } = await ended;
    gone.abort();
    await watching;
    this.identity = undefined;
    return { text, ran: true, final: wrongConfiguration };
  }

  private wrongConfiguration(output: string): string | undefined {
    const { root } = this.options;
    return this.program.wrongConfiguration?.(
      output,
      this.program.needs.map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') })),
    );
  }

  private async watchReadiness(gone: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const { readyUrl } = this.program;
    if (readyUrl === undefined) {
      await clock.wait(1_000, gone);
      if (!gone.aborted) this.enter('ready');
      return;
    }
    while (!gone.aborted) {
      const readiness = await probe(readyUrl);
      if (isAborted(gone) || isAborted(this.stopping.signal)) return;
      if (readiness === 'ready') this.enter('ready');
      else if (readiness === 'answers') this.enter('starting', 'answers, and is not ready yet');
      else this.enter('starting', this.state === 'ready' ? 'does not answer' : this.detail);
      await clock.wait(this.state === 'ready' ? readyProbeMillis : startingProbeMillis, gone);
    }
  }
}

interface Problem {
  readonly text: string;
  /** True if the program was started at all. */
  readonly ran: boolean;
  /** True if another try is pointless. */
  readonly final: boolean;
}
