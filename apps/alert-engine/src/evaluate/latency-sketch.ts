/**
 * A quantile sketch of durations with logarithmic bins (DDSketch, https://arxiv.org/abs/1908.10693): any
 * quantile is off by at most RELATIVE_ERROR of its true value. Durations outside the range below are counted
 * in the first or last bin. At most 922 bins, 4 bytes each, of which only the used stretch is allocated.
 */
export const RELATIVE_ERROR = 0.01;
const MIN_MILLIS = 0.01;
const MAX_MILLIS = 1_000_000;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
const MAX_BIN = Math.ceil(Math.log(MAX_MILLIS / MIN_MILLIS) / LOG_GAMMA);
const GROWTH_BINS = 32;

export class LatencySketch {
  #counts = new Uint32Array(0);
  /** The bin that #counts[0] stands for. */
  #firstBin = 0;

  add(durationMillis: number): void {
    this.#increase(binOf(durationMillis), 1);
  }

  merge(other: LatencySketch): void {
    other.#counts.forEach((count, index) => {
      if (count > 0) this.#increase(other.#firstBin + index, count);
    });
  }

  /** The value of the sample with this rank (1 is the smallest), in milliseconds; 0 when there is none. */
  valueAtRank(rank: number): number {
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return valueOf(this.#firstBin + index);
    }
    return 0;
  }

  #increase(bin: number, by: number): void {
    if (bin < this.#firstBin || bin >= this.#firstBin + this.#counts.length) this.#cover(bin);
    const index = bin - this.#firstBin;
    this.#counts[index] = (this.#counts[index] ?? 0) + by;
  }

  #cover(bin: number): void {
    const isEmpty = this.#counts.length === 0;
    const first = isEmpty ? bin : Math.min(this.#firstBin, bin);
    const last = isEmpty ? bin : Math.max(this.#firstBin + this.#counts.length - 1, bin);
    const from = Math.floor(first / GROWTH_BINS) * GROWTH_BINS;
    const to = Math.min(MAX_BIN + 1, (Math.floor(last / GROWTH_BINS) + 1) * GROWTH_BINS);
    const counts = new Uint32Array(to - from);
    if (!isEmpty) counts.set(this.#counts, this.#firstBin - from);
    this.#counts = counts;
    this.#firstBin = from;
  }
}

/** Bin i holds the durations in (MIN·γ^(i-1), MIN·γ^i]. */
function binOf(durationMillis: number): number {
  if (!(durationMillis > MIN_MILLIS)) return 0;
  return Math.min(MAX_BIN, Math.ceil(Math.log(durationMillis / MIN_MILLIS) / LOG_GAMMA));
}

function valueOf(bin: number): number {
  return (MIN_MILLIS * 2 * GAMMA ** bin) / (GAMMA + 1);
}
