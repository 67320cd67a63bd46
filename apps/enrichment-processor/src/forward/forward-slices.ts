import { mergeResponses } from '@trace/otlp';

/** Together with the body, a request holds three times its own size, whatever was added to it. */
const PART_PER_BODY = 2;
const MIN_PART_BYTES = 1024 * 1024;

/** How large the parts of a request may be for what is held of it to stay in proportion. */
export function partBytes(bodyBytes: number): number {
  return Math.max(PART_PER_BODY * bodyBytes, MIN_PART_BYTES);
}

export interface SliceSteps {
  /** Resolves when there may be work; rejects when it is too late for it. */
  nextTurn(): Promise<void>;
  onSlice(slice: Buffer, enrichMillis: number): void;
  /** The last slice was enriched. */
  onEnd(): void;
  forward(part: Buffer): Promise<Buffer>;
}

/**
 * Forwards a large request in parts while its slices are made, one part at a time: what is held of it is bounded,
 * and what does not fit into one request for the downstream arrives all the same. Acknowledged when all parts
 * are; after a failure those before it have arrived, and arrive again with the retry.
 */
export async function forwardSlices(
  slices: Iterable<Buffer>,
  maxPartBytes: number,
  steps: SliceSteps,
): Promise<Buffer> {
  const answers: Buffer[] = [];
  const iterator = slices[Symbol.iterator]();
  let part: Buffer[] = [];
  let heldBytes = 0;
  for (;;) {
    await steps.nextTurn();
    const began = performance.now();
    const next = iterator.next();
    const slice = next.done === true ? undefined : next.value;
    if (slice !== undefined) steps.onSlice(slice, performance.now() - began);
    if (part.length > 0 && (slice === undefined || heldBytes + slice.length > maxPartBytes)) {
      if (slice === undefined) steps.onEnd();
      // Requests one behind the other are one request.
      const joined = Buffer.concat(part);
      part = [];
      heldBytes = 0;
      answers.push(await steps.forward(joined));
    }
    if (slice === undefined) break;
    part.push(slice);
    heldBytes += slice.length;
  }
  const [only] = answers;
  return only !== undefined && answers.length === 1 ? only : mergeResponses(answers);
}
