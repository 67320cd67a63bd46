import { AccessLines, type AccessLine, clfTime } from './access-line';
import type { LineSink, SinkEvents } from './line-sink';
import { Pace } from './pace';
import {
  OPERATIONS,
  type DropReason,
  type Operation,
  type Settings,
  type SimulationState,
} from './simulation.schema';

const SERIES_SECONDS = 60;
const LAST_LINES = 20;
/** A timer may be a millisecond before its time; what is due then is made all the same. */
const EARLY_SECONDS = 0.002;
/** A made-up answer's time: most are quick, some are not. */
const MEDIAN_SECONDS = 0.02;

export interface SimulationOptions {
  readonly sinkFor: (settings: Settings, events: SinkEvents) => LineSink;
  readonly random: () => number;
  readonly nowEpochMillis: () => number;
  /** Each line as it is made, with the time that its made-up request took. */
  readonly onMade?: (line: AccessLine, durationSeconds: number) => void;
  readonly onDropped?: (count: number, reason: DropReason) => void;
}

type ByOperation = Record<Operation, number>;

/** Makes lines at a rate for a time, one run after the other, and counts what became of them. */
export class Simulation {
  #run: Run | undefined;

  constructor(private readonly options: SimulationOptions) {}

  /** False when one is running. */
  start(settings: Settings): boolean {
    if (this.#run?.isOver === false) return false;
    this.#run = new Run(settings, this.options);
    return true;
  }

  /** Ends the one that is running, if any; resolves when its lines have been delivered or dropped. */
  async stop(): Promise<void> {
    await this.#run?.stop();
  }

  /** Resolves when the one that runs, if any, is over and its lines have been delivered or dropped. */
  async over(): Promise<void> {
    await this.#run?.over;
  }

  get state(): SimulationState {
    return this.#run?.state ?? NEVER_RAN;
  }
}

class Run {
  readonly over: Promise<void>;
  #stopping: Promise<void> | undefined;
  #endsAtMillis: number;
  readonly #startedAtMillis: number;
  readonly #total: number;
  readonly #lines: AccessLines;
  readonly #sink: LineSink;
  readonly #pace: Pace;
  readonly #timer: NodeJS.Timeout;
  #onStopped: () => void = () => undefined;
  readonly #made = zero();
  readonly #series: { readonly second: number; readonly made: ByOperation }[] = [];
  readonly #dropped: Record<DropReason, number> = { queue_full: 0, refused: 0, file: 0 };
  #delivered = 0;
  #errors = 0;
  #last: readonly AccessLine[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly options: SimulationOptions,
  ) {
    this.#startedAtMillis = options.nowEpochMillis();
    this.#endsAtMillis = this.#startedAtMillis + settings.duration_seconds * 1000;
    this.#total = Math.ceil(settings.lines_per_second * settings.duration_seconds);
    this.#lines = new AccessLines(settings, options.random);
    this.#sink = options.sinkFor(settings, {
      onDelivered: (count) => {
        this.#delivered += count;
      },
      onDropped: (count, reason) => {
        this.#dropped[reason] += count;
        options.onDropped?.(count, reason);
      },
    });
    this.#pace = new Pace(settings.lines_per_second, (count) => {
      this.#make(count);
    });
    this.#pace.start();
    this.over = new Promise((resolve) => {
      this.#onStopped = resolve;
    });
    this.#timer = setTimeout(() => {
      this.#make(Math.ceil(settings.lines_per_second * EARLY_SECONDS));
      void this.stop();
    }, settings.duration_seconds * 1000);
  }

  get isOver(): boolean {
    return this.#stopping !== undefined;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  get state(): SimulationState {
    const made = sum(this.#made);
    return {
      running: !this.isOver,
      settings: this.settings,
      started_at: new Date(this.#startedAtMillis).toISOString(),
      ends_at: new Date(this.#endsAtMillis).toISOString(),
      lines_made: made,
      lines_delivered: this.#delivered,
      lines_dropped: { ...this.#dropped },
      lines_waiting: made - this.#delivered - sumOf(Object.values(this.#dropped)),
      errors: this.#errors,
      made_by_operation: { ...this.#made },
      series: this.#series.map(({ second, made: each }) => ({
        second: new Date(second * 1000).toISOString(),
        made: { ...each },
      })),
      last_lines: this.#last.map(({ text }) => text),
    };
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#pace.stop();
    this.#endsAtMillis = Math.min(this.#endsAtMillis, this.options.nowEpochMillis());
    await this.#sink.flush();
    this.#onStopped();
  }

  #make(due: number): void {
    // The timer that ends it may be late.
    const count = Math.min(due, this.#total - sum(this.#made));
    if (count <= 0) return;
    const now = this.options.nowEpochMillis();
    const time = clfTime(now);
    const second = this.#secondOf(now);
    const lines = Array.from({ length: count }, () => this.#lines.next(time));
    for (const line of lines) {
      this.#made[line.operation] += 1;
      second[line.operation] += 1;
      if (line.isError) this.#errors += 1;
      this.options.onMade?.(line, -Math.log(1 - this.options.random()) * (MEDIAN_SECONDS / Math.LN2));
    }
    this.#last = [...this.#last, ...lines.slice(-LAST_LINES)].slice(-LAST_LINES);
    this.#sink.put(lines);
  }

  /** The counts of the second that this moment is in. */
  #secondOf(epochMillis: number): ByOperation {
    const second = Math.floor(epochMillis / 1000);
    const last = this.#series.at(-1);
    if (last?.second === second) return last.made;
    const made = zero();
    this.#series.push({ second, made });
    if (this.#series.length > SERIES_SECONDS) this.#series.shift();
    return made;
  }
}

const NEVER_RAN: SimulationState = {
  running: false,
  settings: null,
  started_at: null,
  ends_at: null,
  lines_made: 0,
  lines_delivered: 0,
  lines_dropped: { queue_full: 0, refused: 0, file: 0 },
  lines_waiting: 0,
  errors: 0,
  made_by_operation: zero(),
  series: [],
  last_lines: [],
};

function zero(): ByOperation {
  return { create: 0, read: 0, update: 0, delete: 0 };
}

function sum(counts: ByOperation): number {
  return sumOf(OPERATIONS.map((operation) => counts[operation]));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
