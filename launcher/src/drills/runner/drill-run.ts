import { isAborted } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import { oneLine } from '../../errors.ts';
import type { Drill } from '../drill.ts';
import type { Alerts } from './alerts.ts';
import type { Load } from './load.ts';

export interface DrillContext {
  /** TRACE_HOME of the platform. */
  readonly home: string;
  /** The environment of this command. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly clock: Clock;
  readonly alerts: Alerts;
  /** Ctrl-C: what is begun is ended, nothing more is begun. */
  readonly stop: AbortSignal;
  /** Where it stands, for the terminal. */
  readonly show: (phase: string, detail: string) => void;
  /** A line that stays. */
  readonly say: (line: string) => void;
}

const maxTraceIds = 500;
const cleanUpMillis = 60_000;

/** What a drill is given to work with while it runs, and what it leaves for the end. */
export class DrillRun {
  readonly drill: Drill;
  readonly context: DrillContext;
  /** Aborted when the fault is to end: its time is over, it has served, or somebody pressed Ctrl-C. */
  readonly over: AbortSignal;
  /** Traces that the drill has made itself, the oldest first. */
  readonly traceIds: string[] = [];
  load: Load | undefined;
  private readonly ending = new AbortController();
  private readonly cleanUps: { readonly what: string; readonly work: () => Promise<void> }[] = [];
  private readonly repeated: Promise<void>[] = [];
  private failure: string | undefined;

  constructor(drill: Drill, context: DrillContext) {
    this.drill = drill;
    this.context = context;
    this.over = AbortSignal.any([this.ending.signal, context.stop]);
  }

  /** Why the fault could not be kept up, if so. */
  get problem(): string | undefined {
    return this.failure;
  }

  /** A trace of the drill's own, to be found again in the evidence. */
  remember(traceId: string): void {
    if (this.traceIds.length < maxTraceIds) this.traceIds.push(traceId);
  }

  /** Does something again and again until the fault is to end; a failure ends it. */
  repeat(everyMillis: number, work: (signal: AbortSignal) => Promise<void>): void {
    this.repeated.push(this.keepRepeating(everyMillis, work));
  }

  /** To be done at the end whatever happens, the last one first. It has a minute. */
  cleanUp(what: string, work: () => Promise<void>): void {
    this.cleanUps.push({ what, work });
  }

  /** Ends the fault after its time. */
  async endInTime(): Promise<void> {
    await this.context.clock.wait(this.drill.durationSeconds * 1000, this.over);
    this.ending.abort();
  }

  /** Ends the fault, and undoes all of it; returns what could not be undone. Never rejects. */
  async end(): Promise<string[]> {
    this.ending.abort();
    await Promise.all(this.repeated);
    const problems: string[] = [];
    for (const { what, work } of this.cleanUps.toReversed()) {
      this.context.show('cleaning', what);
      await this.inTime(work()).catch((error: unknown) => problems.push(`${what}: ${oneLine(error)}`));
    }
    return problems;
  }

  private async inTime(work: Promise<void>): Promise<void> {
    const done = new AbortController();
    const late = this.context.clock.wait(cleanUpMillis, done.signal).then(() => {
      if (!done.signal.aborted) throw new Error(`not within ${cleanUpMillis / 1000} s`);
    });
    try {
      await Promise.race([work, late]);
    } finally {
      done.abort();
      // Of what is given up, a failure later on is no news.
      work.catch(() => undefined);
    }
  }

  private async keepRepeating(
    everyMillis: number,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    try {
      while (!isAborted(this.over)) {
        await work(this.over);
        await this.context.clock.wait(everyMillis, this.over);
      }
    } catch (error) {
      if (!isAborted(this.over)) this.failure ??= oneLine(error);
    }
  }
}
