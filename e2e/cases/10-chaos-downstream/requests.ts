import { WireReader, encodeBytesField } from '@trace/otlp';
import { messagesOf } from '../../support/wire.ts';

const SPANS = 40;
const NAME_BYTES = 200;

/** An ExportTraceServiceRequest of 40 spans, each of which carries the request's number in its trace id. */
export function makeRequest(number: number): Buffer {
  const traceId = Buffer.alloc(16, 1);
  traceId.writeUInt32BE(number, 0);
  const spans = Array.from({ length: SPANS }, (_, index) => {
    const spanId = Buffer.alloc(8, 1);
    spanId.writeUInt32BE(index, 0);
    return encodeBytesField(
      2,
      Buffer.concat([
        encodeBytesField(1, traceId),
        encodeBytesField(2, spanId),
        encodeBytesField(5, 'x'.repeat(NAME_BYTES)),
      ]),
    );
  });
  return encodeBytesField(1, encodeBytesField(2, Buffer.concat(spans)));
}

/** The number of a request that has arrived whole; throws if a span is missing, or changed. */
export function readRequest(request: Buffer): number {
  let number: number | undefined;
  let spans = 0;
  for (const resourceSpans of messagesOf(new WireReader(request), 0x0a)) {
    for (const scopeSpans of messagesOf(resourceSpans, 0x12)) {
      for (const span of messagesOf(scopeSpans, 0x12)) {
        for (const traceId of messagesOf(span, 0x0a)) {
          const its = Buffer.from(traceId.buffer).readUInt32BE(traceId.position);
          if (number !== undefined && number !== its) throw new Error(`spans of ${number} and ${its} in one`);
          number = its;
          spans += 1;
        }
      }
    }
  }
  if (number === undefined || spans !== SPANS) throw new Error(`a request with ${spans} spans`);
  return number;
}
