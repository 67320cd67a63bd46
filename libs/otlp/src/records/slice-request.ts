import { type PieceLimits, requestPieces } from '../forward/request-pieces';
import { OtlpError } from '../status/otlp-error';
import { WireReader } from '../wire/wire-reader';
import { OutputLimitError } from './output-limit-error';

/** What is rewritten in one go: some ten milliseconds' worth, whatever the rules are. */
const SLICE: PieceLimits = { maxBytes: 1024 * 1024, maxMessages: 2000 };
/** What grows too much is tried again in this many times smaller slices. */
const CUT = 8;

/**
 * Rewrites a request: as a whole if it is small, else in slices, each when it is asked for, so that others can be
 * served between them. A slice is a request of its own, with its resource and scope; one behind the other they
 * are the request. A slice that grows over the limit of `rewrite` is cut smaller, so that what is refused is one
 * record that does.
 *
 * @throws OtlpError INVALID_ARGUMENT for malformed bytes, for over `maxResources`, and what `rewrite` throws; all
 * of these also while slices are asked for
 */
export function rewriteSlices(
  request: Buffer,
  rewrite: (slice: Buffer) => Buffer,
  maxResources: number,
  limits = SLICE,
): Buffer | Iterable<Buffer> {
  checkResources(request, maxResources);
  const pieces = requestPieces(request, limits);
  pieces.next();
  if (pieces.next().done !== true) return slices(request, rewrite, limits);
  try {
    return rewrite(request);
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error;
    return slices(request, rewrite, smaller(limits));
  }
}

function* slices(
  request: Buffer,
  rewrite: (slice: Buffer) => Buffer,
  limits: PieceLimits,
): Generator<Buffer, void> {
  for (const { fields } of requestPieces(request, limits)) {
    const slice = Buffer.concat(fields);
    let rewritten: Buffer;
    try {
      rewritten = rewrite(slice);
    } catch (error) {
      if (!(error instanceof OutputLimitError) || limits.maxMessages === 1) throw error;
      yield* slices(slice, rewrite, smaller(limits));
      continue;
    }
    yield rewritten;
  }
}

function smaller({ maxBytes, maxMessages }: PieceLimits): PieceLimits {
  return { maxBytes, maxMessages: Math.ceil(maxMessages / CUT) };
}

/** ResourceSpans, ResourceLogs or ResourceMetrics; a cut would make more of them. */
function checkResources(request: Buffer, maxResources: number): void {
  const reader = new WireReader(request);
  for (let resources = 0; !reader.done;) {
    const tag = reader.tag();
    reader.skip(tag & 7, tag >>> 3);
    resources += tag === 0x0a ? 1 : 0;
    if (resources > maxResources) {
      throw new OtlpError('INVALID_ARGUMENT', `over ${maxResources} resources in one request`);
    }
  }
}
