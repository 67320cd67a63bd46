import { WireReader } from '@trace/otlp';
import { attributeText, readAttribute } from './attributes';
import { TRACES, tagOfMessage, validateMessage } from './otlp-shapes';
import { readSpan } from './read-span';
import type { Span } from './span';

export interface DecodeLimits {
  /** Messages inside messages, counted from the request. */
  readonly maxNesting: number;
  /** Attributes of one resource or span that are looked at; later ones are passed over. */
  readonly maxAttributes: number;
  /** Longer attribute values are cut, longer keys passed over. */
  readonly maxAttributeBytes: number;
}

/** Why a span, or a part of it, cannot be used. */
export type Unusable = 'invalid_id' | 'invalid_time' | 'too_many_attributes';

/** Where the decoded spans go, one resource after the other. */
export interface SpanSink {
  resource(attributes: ReadonlyMap<string, string>): void;
  span(span: Span): void;
  unusable(reason: Unusable, count: number): void;
}

const RESOURCE_SPANS = tagOfMessage(1);
const RESOURCE = tagOfMessage(1);
const SCOPE_SPANS = tagOfMessage(2);
const SPAN = tagOfMessage(2);
const RESOURCE_ATTRIBUTES = tagOfMessage(1);

/**
 * Reads an encoded ExportTraceServiceRequest in two passes: the first validates every byte, the second hands
 * span after span to the sink. So nothing of a broken request is ever counted, and no request is held in
 * memory in decoded form.
 * @returns the number of spans in the request.
 * @throws OtlpError INVALID_ARGUMENT before the sink has seen anything.
 */
export function decodeTraces(body: Buffer, limits: DecodeLimits, sink: SpanSink): number {
  const spanCount = validateMessage(new WireReader(body), TRACES, limits.maxNesting);
  const request = new WireReader(body);
  while (!request.done) {
    const tag = request.tag();
    if (tag === RESOURCE_SPANS) readResourceSpans(request.message(), limits, sink);
    else request.skip(tag & 7, tag >>> 3);
  }
  return spanCount;
}

function readResourceSpans(message: WireReader, limits: DecodeLimits, sink: SpanSink): void {
  const attributes = new Map<string, string>();
  const scopes: WireReader[] = [];
  // The resource may come after its spans, and in pieces; so it is read first and the spans afterwards.
  while (!message.done) {
    const tag = message.tag();
    if (tag === RESOURCE) readResource(message.message(), limits, attributes, sink);
    else if (tag === SCOPE_SPANS) scopes.push(message.message());
    else message.skip(tag & 7, tag >>> 3);
  }
  sink.resource(attributes);
  for (const scope of scopes) {
    while (!scope.done) {
      const tag = scope.tag();
      if (tag === SPAN) readSpan(scope.message(), limits, sink);
      else scope.skip(tag & 7, tag >>> 3);
    }
  }
}

function readResource(
  resource: WireReader,
  limits: DecodeLimits,
  attributes: Map<string, string>,
  sink: SpanSink,
): void {
  let seen = 0;
  while (!resource.done) {
    const tag = resource.tag();
    if (tag !== RESOURCE_ATTRIBUTES) {
      resource.skip(tag & 7, tag >>> 3);
      continue;
    }
    seen += 1;
    const keyValue = resource.message();
    if (seen > limits.maxAttributes) continue;
    const attribute = readAttribute(keyValue, limits.maxAttributeBytes);
    // Of a key that comes twice the first one counts, as in the Collector.
    if (attribute === undefined || attributes.has(attribute.key)) continue;
    const text = attributeText(attribute.value, limits.maxAttributeBytes);
    if (text !== undefined) attributes.set(attribute.key, text);
  }
  if (seen > limits.maxAttributes) sink.unusable('too_many_attributes', 1);
}
