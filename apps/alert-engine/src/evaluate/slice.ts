import { isBad, type Condition } from './condition';
import { LatencySketch } from './latency-sketch';
import type { Repeats } from './repeats';

/** Something bad worth looking at. */
export interface Offender {
  /** Empty for a log line that belongs to no trace. */
  readonly traceId: string;
  /** How bad it is: milliseconds, or which one of its kind it was. */
  readonly magnitude: number;
  readonly line?: string;
}

export const MAX_OFFENDERS = 3;

/** What a slice is told of a span or a log line. */
export interface Sample {
  readonly traceId: string;
  readonly spanId: string;
  /** Tells apart what one span has many of: its log lines. */
  readonly sequence?: string;
  readonly endMillis: number;
  /** Of a span whose clock is looked at: how far ahead it is. 0 for a log line. */
  readonly durationMillis: number;
  readonly error: boolean;
  readonly route?: string;
  /** The text of a log line. */
  readonly line?: string;
}

/** How many span ids are remembered in all windows together, and how many may be. */
export interface DedupBudget {
  used: number;
  readonly max: number;
  /** A span was counted without its id being remembered. */
  readonly onFull: () => void;
}

/** The sums over one thirtieth of a window; nothing of a span is kept but its id, and the worst three. */
export class Slice {
  total = 0;
  bad = 0;
  /** End of the earliest bad request, milliseconds since the epoch. */
  firstBadMillis = Infinity;
  readonly offenders: Offender[] = [];
  readonly sketch: LatencySketch | undefined;
  // Made when they are needed: there are up to 42 slices for each group of each rule.
  #seen: Set<string> | undefined;
  #repeated: string[] | undefined;

  /** @param repeats of the whole window, when the condition asks for them */
  constructor(
    private readonly condition: Condition,
    private readonly budget: DedupBudget,
    private readonly repeats?: Repeats,
  ) {
    if (condition.kind === 'latency') this.sketch = new LatencySketch();
  }

  /** False when this span was here before: one span has one end time, so it meets itself in one slice. */
  add(sample: Sample): boolean {
    const key = sample.traceId + sample.spanId + (sample.sequence ?? '');
    if (this.#seen?.has(key) === true) return false;
    const magnitude = this.#remember(key) ? this.#magnitude(sample) : sample.durationMillis;
    this.total += 1;
    this.sketch?.add(magnitude);
    if (isBad(this.condition, magnitude, sample.error)) {
      const { traceId, endMillis, line } = sample;
      this.bad += 1;
      this.firstBadMillis = Math.min(this.firstBadMillis, endMillis);
      keepWorst(this.offenders, { traceId, magnitude, ...(line === undefined ? {} : { line }) });
    }
    return true;
  }

  /** Gives back what it holds of the budget; the slice must not be used afterwards. */
  dispose(): void {
    this.budget.used -= (this.#seen?.size ?? 0) * this.#idCost;
    this.#seen = undefined;
    for (const key of this.#repeated ?? []) this.repeats?.remove(key);
  }

  #remember(key: string): boolean {
    // A clock is no less wrong for a span that comes again.
    if (this.condition.kind === 'clock_ahead') return false;
    if (this.budget.used + this.#idCost > this.budget.max) {
      this.budget.onFull();
      return false;
    }
    (this.#seen ??= new Set()).add(key);
    this.budget.used += this.#idCost;
    return true;
  }

  /** Of the budget: what is counted by its trace is remembered under that, too. */
  get #idCost(): number {
    return this.repeats === undefined ? 1 : 2;
  }

  #magnitude({ traceId, route, durationMillis }: Sample): number {
    if (this.repeats === undefined) return durationMillis;
    const key = `${traceId} ${route ?? ''}`;
    (this.#repeated ??= []).push(key);
    return this.repeats.add(key);
  }
}

/** Keeps `worst` the worst three, worst first, one for each trace. */
export function keepWorst(worst: Offender[], candidate: Offender): void {
  const { traceId, magnitude } = candidate;
  const twin = traceId === '' ? -1 : worst.findIndex((offender) => offender.traceId === traceId);
  if (twin >= 0) {
    if ((worst[twin]?.magnitude ?? 0) >= magnitude) return;
    worst.splice(twin, 1);
  }
  const at = worst.findIndex((offender) => offender.magnitude < magnitude);
  if (at < 0 && worst.length >= MAX_OFFENDERS) return;
  worst.splice(at < 0 ? worst.length : at, 0, candidate);
  worst.length = Math.min(worst.length, MAX_OFFENDERS);
}
