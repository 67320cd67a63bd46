import { isBad, quantileRank, type Condition, type Rule } from '../evaluate/rule';
import type { Sample } from '../evaluate/slice';
import { SLICES_PER_WINDOW, type Verdict } from '../evaluate/window';

type WindowRule = Pick<Rule, 'condition' | 'windowMillis' | 'latenessMillis' | 'minCount'>;

/** What SlidingWindow has to agree with: keeps every sample for ever and looks at all of them each time. */
export class ReferenceWindow {
  readonly #samples: Sample[] = [];
  #firstJudged: number | undefined;

  constructor(private readonly rule: WindowRule) {}

  add(sample: Sample): 'counted' | 'late' | 'duplicate' {
    const watermark = this.#watermark;
    const { windowMillis, latenessMillis } = this.rule;
    if (watermark - sample.endMillis > windowMillis + latenessMillis) return 'late';
    const isTwin = this.#samples.some(
      ({ traceId, spanId }) => traceId === sample.traceId && spanId === sample.spanId,
    );
    if (isTwin) return 'duplicate';
    this.#samples.push(sample);
    return 'counted';
  }

  judge(): Verdict {
    if (this.#samples.length === 0) return 'unknown';
    const newest = this.#slice(this.#watermark);
    this.#firstJudged ??= newest;
    if (this.breaching !== undefined) return 'breach';
    const seenWhole = newest - this.#firstJudged >= SLICES_PER_WINDOW;
    return seenWhole && this.window(newest).length >= this.rule.minCount ? 'good' : 'unknown';
  }

  /** The samples of the newest open window that breaches. */
  get breaching(): readonly Sample[] | undefined {
    const newest = this.#slice(this.#watermark);
    const oldest = this.#slice(this.#watermark - this.rule.latenessMillis) - 2;
    for (let end = newest; end >= oldest; end -= 1) {
      if (end < newest - this.#latenessSlices) break;
      const samples = this.window(end);
      if (samples.length >= this.rule.minCount && breaches(this.rule.condition, samples)) return samples;
    }
    return undefined;
  }

  window(end: number): Sample[] {
    return this.#samples.filter(({ endMillis }) => {
      const slice = this.#slice(endMillis);
      return slice <= end && slice > end - SLICES_PER_WINDOW;
    });
  }

  get #latenessSlices(): number {
    return Math.ceil(this.rule.latenessMillis / (this.rule.windowMillis / SLICES_PER_WINDOW)) + 1;
  }

  get #watermark(): number {
    return Math.max(...this.#samples.map(({ endMillis }) => endMillis));
  }

  #slice(millis: number): number {
    return Math.floor(millis / (this.rule.windowMillis / SLICES_PER_WINDOW));
  }
}

/** The plain definitions: a quantile is read off the sorted samples, a ratio is a fraction of them. */
export function breaches(condition: Condition, samples: readonly Sample[]): boolean {
  if (condition.kind === 'errors') {
    return (
      samples.filter((sample) => isBad(condition, sample)).length / samples.length > condition.ratioAbove
    );
  }
  const sorted = samples.map(({ durationMillis }) => durationMillis).sort((a, b) => a - b);
  return (sorted[quantileRank(condition.quantile, sorted.length) - 1] ?? 0) > condition.aboveMillis;
}
