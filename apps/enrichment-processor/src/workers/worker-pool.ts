import type { Program, Readiness } from '@trace/runtime';
import { LifetimeMetrics } from './lifetime-metrics';
import type { FromWorker, MetricsJson, ToWorker, WorkerAddress } from './messages';
import type { Registry } from 'prom-client';

/** What is needed of a forked process; tests hand in their own. */
export interface WorkerProcess {
  send(message: ToWorker): void;
  kill(signal: NodeJS.Signals): void;
  onMessage(listener: (message: FromWorker) => void): void;
  onExit(listener: (code: number | null, signal: string | null) => void): void;
}

export interface PoolEvents {
  /** A worker has ended that was not told to. */
  onDeath(how: string): void;
  /** No worker has ever become ready, and the first has ended: the whole program should, with its exit code. */
  onFailedStart(code: number): void;
}

interface Member {
  readonly process: WorkerProcess;
  readonly startedAtEpochMillis: number;
  address?: WorkerAddress;
  reloadsWhenReady?: boolean;
  readiness?: Readiness;
  metrics: MetricsJson;
}

const REPORT_EVERY_MILLIS = 1000;
/** One that is not ready by then hangs: it is killed, and counted like any that has died. */
const START_DEADLINE_MILLIS = 60_000;
/** A worker that is too busy to answer within this is counted as it was before. */
const REPORT_TIMEOUT_MILLIS = 2000;
const FIRST_RESTART_MILLIS = 250;
const LAST_RESTART_MILLIS = 30_000;
/** A worker that has lived for this long was well; the next pause is the first again. */
const WELL_AFTER_MILLIS = 60_000;

/** Keeps a number of worker processes running, and knows what they last said of themselves. */
export class WorkerPool {
  readonly #members = new Set<Member>();
  readonly #metrics = new LifetimeMetrics();
  readonly #timers = new Set<NodeJS.Timeout>();
  #poll: NodeJS.Timeout | undefined;
  #restartMillis = FIRST_RESTART_MILLIS;
  #answered: () => void = () => undefined;
  #awaited = new Set<Member>();
  #ended: () => void = () => undefined;
  #isStopping = false;
  #hasStarted = false;

  constructor(
    private readonly size: number,
    private readonly fork: () => WorkerProcess,
    private readonly logger: Program['logger'],
    private readonly events: PoolEvents,
  ) {}

  /** Resolves when the first worker is ready. The others follow it, so that a mistake is told once. */
  async start(): Promise<WorkerAddress> {
    const first = await new Promise<WorkerAddress>((resolve) => {
      this.#add(resolve);
    });
    this.#hasStarted = true;
    for (let count = 1; count < this.size; count += 1) this.#add();
    this.#poll = setInterval(() => void this.#report(), REPORT_EVERY_MILLIS).unref();
    return first;
  }

  get readyCount(): number {
    return [...this.#members].filter(({ readiness }) => readiness?.ready === true).length;
  }

  /** Ready while one worker is. The checks are those of a worker that is not ready, if there is one. */
  get readiness(): Readiness {
    const members = [...this.#members];
    const { checks } = members.find(({ readiness }) => readiness?.ready === false)?.readiness ?? {
      checks: members.find(({ readiness }) => readiness !== undefined)?.readiness?.checks ?? {},
    };
    return {
      ready: !this.#isStopping && this.readyCount > 0,
      checks: { ...checks, workers: `${this.readyCount} of ${this.size} ready` },
    };
  }

  /** The metrics of all workers, those that have ended included, as they are now. */
  async metrics(): Promise<Registry> {
    await this.#report();
    return this.#metrics.together([...this.#members].map(({ metrics }) => metrics));
  }

  /** Tells all workers to read the configuration again; those that still start, when they are ready. */
  reload(): void {
    for (const member of this.#members) {
      if (member.address === undefined) member.reloadsWhenReady = true;
      else member.process.send({ type: 'reload' });
    }
  }

  /** Tells all workers to shut down, and kills those that have not within the time. */
  async stop(deadlineMillis: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#poll);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { process, address } of this.#members) {
      // A message would be lost on one that still starts, and it has no request to answer.
      if (address === undefined) process.kill('SIGTERM');
      else process.send({ type: 'stop' });
    }
    const killer = setTimeout(() => {
      for (const { process } of this.#members) process.kill('SIGKILL');
    }, deadlineMillis);
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      if (this.#members.size === 0) resolve();
    });
    clearTimeout(killer);
  }

  #add(onReady?: (address: WorkerAddress) => void): void {
    const process = this.fork();
    const member: Member = { process, startedAtEpochMillis: Date.now(), metrics: [] };
    this.#members.add(member);
    const overdue = setTimeout(() => {
      process.kill('SIGKILL');
    }, START_DEADLINE_MILLIS).unref();
    process.onMessage((message) => {
      if (message.type === 'ready') {
        clearTimeout(overdue);
        member.address = message;
        onReady?.(message);
        if (member.reloadsWhenReady) process.send({ type: 'reload' });
        void this.#report();
      } else {
        member.readiness = message.readiness;
        member.metrics = message.metrics ?? member.metrics;
        this.logger.level = message.logLevel;
        this.#awaited.delete(member);
        if (this.#awaited.size === 0) this.#answered();
      }
    });
    process.onExit((code, signal) => {
      clearTimeout(overdue);
      this.#remove(member, code, signal);
    });
  }

  #remove(member: Member, code: number | null, signal: string | null): void {
    this.#members.delete(member);
    this.#awaited.delete(member);
    if (this.#awaited.size === 0) this.#answered();
    this.#metrics.retire(member.metrics);
    if (this.#isStopping) {
      if (this.#members.size === 0) this.#ended();
      return;
    }
    if (!this.#hasStarted) {
      this.events.onFailedStart(code ?? 1);
      return;
    }
    const how = signal ?? `code ${code ?? ''}`;
    this.events.onDeath(how);
    if (Date.now() - member.startedAtEpochMillis >= WELL_AFTER_MILLIS)
      this.#restartMillis = FIRST_RESTART_MILLIS;
    const pauseMillis = this.#restartMillis;
    this.#restartMillis = Math.min(2 * pauseMillis, LAST_RESTART_MILLIS);
    this.logger.error({ how, pauseMillis }, 'a worker has ended; another is started after the pause');
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#add();
    }, pauseMillis);
    this.#timers.add(timer);
  }

  /** Asks all workers; resolves when they have answered, or have not in time. */
  #report(): Promise<void> {
    this.#answered();
    this.#awaited = new Set([...this.#members].filter(({ address }) => address !== undefined));
    if (this.#awaited.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, REPORT_TIMEOUT_MILLIS);
      this.#answered = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const { process } of this.#awaited) process.send({ type: 'report' });
    });
  }
}
