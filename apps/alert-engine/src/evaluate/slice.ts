import type { Condition } from './rule';
import { isBad } from './rule';
import { LatencySketch } from './latency-sketch';

/** A bad request worth looking at. */
export interface Offender {
  readonly traceId: string;
  readonly durationMillis: number;
}

export const MAX_OFFENDERS = 3;

/** What a slice is told of a span. */
export interface Sample {
  readonly traceId: string;
  readonly spanId: string;
  readonly endMillis: number;
  readonly durationMillis: number;
  readonly error: boolean;
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
  readonly #seen = new Set<string>();

  constructor(
    private readonly condition: Condition,
    private readonly budget: DedupBudget,
  ) {
    if (condition.kind === 'latency') this.sketch = new LatencySketch();
  }

  /** False when this span was here before: one span has one end time, so it meets itself in one slice. */
  add(sample: Sample): boolean {
    const key = sample.traceId + sample.spanId;
    if (this.#seen.has(key)) return false;
    if (this.budget.used < this.budget.max) {
      this.#seen.add(key);
      this.budget.used += 1;
    } else {
      this.budget.onFull();
    }
    this.total += 1;
    this.sketch?.add(sample.durationMillis);
    if (isBad(this.condition, sample)) {
      this.bad += 1;
      this.firstBadMillis = Math.min(this.firstBadMillis, sample.endMillis);
      keepWorst(this.offenders, sample);
    }
    return true;
  }

  /** Gives back what it holds of the budget; the slice must not be used afterwards. */
  dispose(): void {
    this.budget.used -= this.#seen.size;
    this.#seen.clear();
  }
}

/** Keeps `worst` the slowest three, slowest first, one for each trace. */
export function keepWorst(worst: Offender[], candidate: Offender): void {
  const twin = worst.findIndex((offender) => offender.traceId === candidate.traceId);
  if (twin >= 0) {
    if ((worst[twin]?.durationMillis ?? 0) >= candidate.durationMillis) return;
    worst.splice(twin, 1);
  }
  const at = worst.findIndex((offender) => offender.durationMillis < candidate.durationMillis);
  if (at < 0 && worst.length >= MAX_OFFENDERS) return;
  const { traceId, durationMillis } = candidate;
  worst.splice(at < 0 ? worst.length : at, 0, { traceId, durationMillis });
  worst.length = Math.min(worst.length, MAX_OFFENDERS);
}
