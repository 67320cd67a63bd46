import { isBad, quantileRank, type Condition } from '../evaluate/condition';
import type { StreamingRule } from '../evaluate/rule';
import type { Sample } from '../evaluate/slice';
import { SLICES_PER_WINDOW, type Verdict } from '../evaluate/window';

type WindowRule = Pick<StreamingRule, 'condition' | 'windowMillis' | 'latenessMillis' | 'minCount'>;

/** What SlidingWindow has to agree with: keeps every sample for ever and looks at all of them each time. */
export class ReferenceWindow {
  readonly #samples: Measured[] = [];
  /** Those of windows that are open, among which repeats are counted. */
  #retained: Sample[] = [];
  #firstJudged: number | undefined;

  constructor(private readonly rule: WindowRule) {}

  add(sample: Sample): 'counted' | 'late' | 'duplicate' {
    const watermark = this.#watermark;
    const { windowMillis, latenessMillis } = this.rule;
    if (watermark - sample.endMillis > windowMillis + latenessMillis) return 'late';
    const isTwin = this.#samples.some(
      ({ traceId, spanId }) => traceId === sample.traceId && spanId === sample.spanId,
    );
    if (isTwin && this.rule.condition.kind !== 'clock_ahead') return 'duplicate';
    const repeats = this.#retained.filter((other) => isRepeat(other, sample)).length + 1;
    const isRepeats = this.rule.condition.kind === 'repeats';
    this.#samples.push({ ...sample, magnitude: isRepeats ? repeats : sample.durationMillis });
    this.#retained.push(sample);
    if (this.#watermark > watermark) {
      const oldest = this.#slice(this.#watermark) - this.#latenessSlices - SLICES_PER_WINDOW + 1;
      this.#retained = this.#retained.filter(({ endMillis }) => this.#slice(endMillis) >= oldest);
    }
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
  get breaching(): readonly Measured[] | undefined {
    const newest = this.#slice(this.#watermark);
    const oldest = this.#slice(this.#watermark - this.rule.latenessMillis) - 2;
    for (let end = newest; end >= oldest; end -= 1) {
      if (end < newest - this.#latenessSlices) break;
      const samples = this.window(end);
      if (samples.length >= this.rule.minCount && breaches(this.rule.condition, samples)) return samples;
    }
    return undefined;
  }

  window(end: number): Measured[] {
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

export type Measured = Sample & { readonly magnitude: number };

function isRepeat(a: Sample, b: Sample): boolean {
  return a.traceId === b.traceId && a.route === b.route;
}

/** The plain definitions: a quantile is read off the sorted samples, a ratio is a fraction of them. */
export function breaches(condition: Condition, samples: readonly Measured[]): boolean {
  const bad = samples.filter(({ magnitude, error }) => isBad(condition, magnitude, error)).length;
  switch (condition.kind) {
    case 'errors':
      return bad / samples.length > condition.ratioAbove;
    case 'count':
      return samples.length > condition.above;
    case 'repeats':
      return bad > 0;
    case 'clock_ahead':
      return bad > samples.length / 2;
    case 'latency': {
      const sorted = samples.map(({ magnitude }) => magnitude).sort((a, b) => a - b);
      return (sorted[quantileRank(condition.quantile, sorted.length) - 1] ?? 0) > condition.aboveMillis;
    }
  }
}
