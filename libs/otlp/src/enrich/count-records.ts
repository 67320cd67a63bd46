import type { Signal } from '../signal';
import { WireReader } from '../wire/wire-reader';

/** Metric's data: gauge = 5, sum = 7, histogram = 9, exponential_histogram = 10, summary = 11. */
const METRIC_DATA_TAGS: ReadonlySet<number> = new Set([0x2a, 0x3a, 0x4a, 0x52, 0x5a]);

/**
 * Spans, log records or metric data points of an encoded Export{Trace,Logs,Metrics}ServiceRequest, which are
 * two levels down (data points two further); what is in them is not read.
 * @throws OtlpError INVALID_ARGUMENT for malformed bytes on the way there
 */
export function countRecords(signal: Signal, request: Buffer): number {
  return countBelow(new WireReader(request), request.length, 0, signal === 'metrics');
}

/** At depth 0 ResourceSpans = 1, at 1 ScopeSpans = 2, at 2 the spans, log records or metrics = 2. */
function countBelow(reader: WireReader, end: number, depth: number, metrics: boolean): number {
  const tagBelow = depth === 0 ? 0x0a : 0x12;
  const outerEnd = reader.end;
  reader.end = end;
  let count = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== tagBelow) reader.skip(tag & 7, tag >>> 3);
    else if (depth < 2) count += countBelow(reader, reader.range(), depth + 1, metrics);
    else if (metrics) count += countDataPoints(reader, reader.range());
    else {
      count += 1;
      reader.position = reader.range();
    }
  }
  reader.end = outerEnd;
  return count;
}

function countDataPoints(reader: WireReader, end: number): number {
  const outerEnd = reader.end;
  reader.end = end;
  let count = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (!METRIC_DATA_TAGS.has(tag)) {
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    const data = reader.message();
    while (!data.done) {
      const inner = data.tag();
      if (inner === 0x0a) count += 1; // data_points = 1
      data.skip(inner & 7, inner >>> 3);
    }
  }
  reader.end = outerEnd;
  return count;
}
