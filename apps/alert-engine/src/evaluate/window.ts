import { isBreach, quantileRank } from './condition';
import { LatencySketch } from './latency-sketch';
import { Repeats } from './repeats';
import type { StreamingRule } from './rule';
import { keepWorst, Slice, type DedupBudget, type Offender, type Sample } from './slice';

/** A window slides in steps of a thirtieth of its length. */
export const SLICES_PER_WINDOW = 30;

/** `unknown`: too few requests, or not yet a whole window seen; it neither fires nor resolves. */
export type Verdict = 'breach' | 'good' | 'unknown';

/** What the person on call is told about the window that decided. */
export interface Evidence {
  /**
   * Quantile in milliseconds (relative error at most 1%), ratio of errors, number of matches, most repeats, or
   * the most milliseconds that one was ahead (all exact).
   */
  readonly value: number;
  readonly count: number;
  /** End of the first bad request, or without one the newest event time; milliseconds since the epoch. */
  readonly eventTimeMillis: number;
  /** Of the worst, worst first, at most three. */
  readonly traceIds: readonly string[];
  /** What the worst log lines say; empty when spans are looked at. */
  readonly lines: readonly string[];
}

type WindowRule = Pick<StreamingRule, 'condition' | 'windowMillis' | 'latenessMillis' | 'minCount'>;

/**
 * The sliding event-time windows of one group of spans.
 *
 * The watermark is the newest event time seen. Windows whose end lies at most `lateness` behind it are open:
 * spans may still arrive for them. The verdict is `breach` while any open window breaches, and `good` only
 * when none does: an alert fires at the first window that crosses the line, and resolves when that can no
 * longer change. So spans that arrive late and spans that arrive in order lead to the same alert.
 */
export class SlidingWindow {
  readonly #slices = new Map<number, Slice>();
  readonly #sliceMillis: number;
  readonly #latenessSlices: number;
  readonly #repeats: Repeats | undefined;
  #watermarkMillis = -Infinity;
  #firstJudgedSlice: number | undefined;

  /** @param sinceMillis when watching began: a first batch that is older than that shows nothing of a window */
  constructor(
    private readonly rule: WindowRule,
    private readonly budget: DedupBudget,
    private readonly sinceMillis: number,
  ) {
    this.#sliceMillis = rule.windowMillis / SLICES_PER_WINDOW;
    // One more, because the slice at the watermark is only partly filled.
    this.#latenessSlices = Math.ceil(rule.latenessMillis / this.#sliceMillis) + 1;
    if (rule.condition.kind === 'repeats') this.#repeats = new Repeats();
  }

  get watermarkMillis(): number {
    return this.#watermarkMillis;
  }

  add(sample: Sample): 'counted' | 'late' | 'duplicate' {
    const { endMillis } = sample;
    if (endMillis < this.#watermarkMillis - this.rule.windowMillis - this.rule.latenessMillis) return 'late';
    const index = this.#sliceOf(endMillis);
    let slice = this.#slices.get(index);
    if (slice === undefined) {
      slice = new Slice(this.rule.condition, this.budget, this.#repeats);
      this.#slices.set(index, slice);
    }
    if (!slice.add(sample)) return 'duplicate';
    if (endMillis > this.#watermarkMillis) this.#advance(endMillis);
    return 'counted';
  }

  /** To be asked when a whole batch is in: what comes before the first batch's newest span may be a fragment. */
  judge(): Verdict {
    if (this.#slices.size === 0) return 'unknown';
    const newest = this.#newestSlice;
    this.#firstJudgedSlice ??= Math.max(newest, this.#sliceOf(this.sinceMillis));
    if (this.#breachingWindow() !== undefined) return 'breach';
    const wholeWindowSeen = newest - this.#firstJudgedSlice >= SLICES_PER_WINDOW;
    return wholeWindowSeen && this.#sums(newest).total >= this.rule.minCount ? 'good' : 'unknown';
  }

  /** About the newest window that breaches, else about the newest window. */
  evidence(): Evidence {
    const breaching = this.#breachingWindow();
    const end = breaching ?? this.#newestSlice;
    const { total, bad } = this.#sums(end);
    const slices = this.#slicesOf(end);
    const offenders: Offender[] = [];
    for (const slice of slices) for (const offender of slice.offenders) keepWorst(offenders, offender);
    const firstBadMillis = Math.min(...slices.map((slice) => slice.firstBadMillis));
    return {
      value: this.#value(slices, total, bad, offenders, breaching !== undefined),
      count: total,
      eventTimeMillis: Number.isFinite(firstBadMillis) ? firstBadMillis : this.#watermarkMillis,
      traceIds: offenders.map(({ traceId }) => traceId).filter((traceId) => traceId !== ''),
      lines: offenders.flatMap(({ line }) => (line === undefined ? [] : [line])),
    };
  }

  dispose(): void {
    for (const slice of this.#slices.values()) slice.dispose();
    this.#slices.clear();
  }

  get #newestSlice(): number {
    return this.#sliceOf(this.#watermarkMillis);
  }

  #sliceOf(millis: number): number {
    return Math.floor(millis / this.#sliceMillis);
  }

  #advance(toMillis: number): void {
    this.#watermarkMillis = toMillis;
    const oldest = this.#newestSlice - this.#latenessSlices - SLICES_PER_WINDOW + 1;
    for (const [index, slice] of this.#slices) {
      if (index >= oldest) continue;
      slice.dispose();
      this.#slices.delete(index);
    }
  }

  /** The last slice of the newest open window that crosses the line. */
  #breachingWindow(): number | undefined {
    if (this.#slices.size === 0) return undefined;
    const newest = this.#newestSlice;
    let { total, bad } = this.#sums(newest);
    for (let end = newest; end >= newest - this.#latenessSlices; end -= 1) {
      if (total >= this.rule.minCount && isBreach(this.rule.condition, total, bad)) return end;
      const leaving = this.#slices.get(end);
      const entering = this.#slices.get(end - SLICES_PER_WINDOW);
      total += (entering?.total ?? 0) - (leaving?.total ?? 0);
      bad += (entering?.bad ?? 0) - (leaving?.bad ?? 0);
    }
    return undefined;
  }

  #sums(end: number): { total: number; bad: number } {
    let total = 0;
    let bad = 0;
    for (const slice of this.#slicesOf(end)) {
      total += slice.total;
      bad += slice.bad;
    }
    return { total, bad };
  }

  #slicesOf(end: number): Slice[] {
    const slices: Slice[] = [];
    for (const [index, slice] of this.#slices) {
      if (index <= end && index > end - SLICES_PER_WINDOW) slices.push(slice);
    }
    return slices;
  }

  #value(
    slices: readonly Slice[],
    total: number,
    bad: number,
    offenders: readonly Offender[],
    breaches: boolean,
  ): number {
    const { condition } = this.rule;
    if (total === 0) return 0;
    switch (condition.kind) {
      case 'errors':
        return bad / total;
      case 'count':
        return total;
      case 'repeats':
      case 'clock_ahead':
        return offenders[0]?.magnitude ?? 0;
      case 'latency': {
        const merged = new LatencySketch();
        for (const slice of slices) if (slice.sketch !== undefined) merged.merge(slice.sketch);
        const estimate = merged.valueAtRank(quantileRank(condition.quantile, total));
        // The side of the line is known exactly; the estimate must not contradict it.
        const isAbove = breaches || isBreach(condition, total, bad);
        return isAbove
          ? Math.max(estimate, condition.aboveMillis)
          : Math.min(estimate, condition.aboveMillis);
      }
    }
  }
}
