import { WireReader } from '@trace/otlp';
import { attributeText, readAttribute } from './attributes';
import type { LogLine } from './log-line';
import { LOGS, TRACES, tagOfMessage, validateMessage, type Shape } from './otlp-shapes';
import { readLogLine } from './read-log-line';
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

/** Where what was decoded goes, one resource after the other. */
export interface Sink<Item> {
  /** @returns whether anybody wants to see what comes of this resource */
  resource(attributes: ReadonlyMap<string, string>): boolean;
  item(item: Item): void;
  unusable(reason: Unusable, count: number): void;
}

type ReadItem<Item> = (message: WireReader, limits: DecodeLimits, sink: Sink<Item>) => void;

// The numbers of these fields are the same for all signals.
const RESOURCE_ITEMS = tagOfMessage(1);
const RESOURCE = tagOfMessage(1);
const SCOPE_ITEMS = tagOfMessage(2);
const ITEM = tagOfMessage(2);
const RESOURCE_ATTRIBUTES = tagOfMessage(1);

/**
 * Reads an encoded ExportTraceServiceRequest, span by span.
 * @returns the number of spans in the request.
 * @throws OtlpError INVALID_ARGUMENT before the sink has seen anything.
 */
export function decodeTraces(body: Buffer, limits: DecodeLimits, sink: Sink<Span>): number {
  return decodeRequest(body, TRACES, limits, sink, readSpan);
}

/** The same for an ExportLogsServiceRequest and its log records. */
export function decodeLogs(body: Buffer, limits: DecodeLimits, sink: Sink<LogLine>): number {
  return decodeRequest(body, LOGS, limits, sink, readLogLine);
}

/**
 * Two passes: the first validates every byte, the second hands item after item to the sink. So nothing of a
 * broken request is ever counted, and no request is held in memory in decoded form.
 */
function decodeRequest<Item>(
  body: Buffer,
  shape: Shape,
  limits: DecodeLimits,
  sink: Sink<Item>,
  readItem: ReadItem<Item>,
): number {
  const itemCount = validateMessage(new WireReader(body), shape, limits.maxNesting);
  const request = new WireReader(body);
  while (!request.done) {
    const tag = request.tag();
    if (tag === RESOURCE_ITEMS) readResourceItems(request.message(), limits, sink, readItem);
    else request.skip(tag & 7, tag >>> 3);
  }
  return itemCount;
}

function readResourceItems<Item>(
  message: WireReader,
  limits: DecodeLimits,
  sink: Sink<Item>,
  readItem: ReadItem<Item>,
): void {
  const attributes = new Map<string, string>();
  const scopes: WireReader[] = [];
  // The resource may come after its items, and in pieces; so it is read first and the items afterwards.
  while (!message.done) {
    const tag = message.tag();
    if (tag === RESOURCE) readResource(message.message(), limits, attributes, sink);
    else if (tag === SCOPE_ITEMS) scopes.push(message.message());
    else message.skip(tag & 7, tag >>> 3);
  }
  if (!sink.resource(attributes)) return;
  for (const scope of scopes) {
    while (!scope.done) {
      const tag = scope.tag();
      if (tag === ITEM) readItem(scope.message(), limits, sink);
      else scope.skip(tag & 7, tag >>> 3);
    }
  }
}

function readResource(
  resource: WireReader,
  limits: DecodeLimits,
  attributes: Map<string, string>,
  sink: Pick<Sink<unknown>, 'unusable'>,
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
