import { varintLength, writeVarint } from '../wire/encode';
import { WireReader } from '../wire/wire-reader';

/**
 * A level of an Export*ServiceRequest at which it can be cut. `children` is the tag of the repeated field that
 * is shared out; fields with a tag in `shared` go into every piece, all others (unknown ones) into the first.
 */
interface Level {
  readonly children: number;
  readonly shared: readonly number[];
}

/** request → ResourceSpans → ScopeSpans → span; the logs' and metrics' messages have the same numbers. */
const LEVELS: readonly Level[] = [
  { children: 0x0a, shared: [] },
  { children: 0x12, shared: [0x0a, 0x1a] }, // resource, schema_url
  { children: 0x12, shared: [0x0a, 0x1a] }, // scope, schema_url
];

/** A tag of one byte and a length of at most five. */
const MAX_FIELD_HEAD_BYTES = 6;

/** How large pieces may be. */
export interface PieceLimits {
  readonly maxBytes: number;
  /** Spans, log records or metrics, and resources and scopes beside them. */
  readonly maxMessages: number;
  /**
   * Called for a record that is too large alone, or shared fields that leave no room. Without it the limits are
   * what pieces should keep to: such a record is a piece of its own, and unless one message is wanted, a piece is
   * at least half its own, so that all of them are at most four times as much as the request.
   */
  readonly refuse?: (bytes: number, roomBytes: number) => Error;
}

/** Part of a message, as the fields that make it up. */
export interface Piece {
  readonly fields: readonly Uint8Array[];
  readonly bytes: number;
  readonly messages: number;
}

/**
 * Cuts an encoded request into requests, one at a time as they are asked for: between ResourceSpans where it can,
 * else between ScopeSpans, else between records, with resource and scope copied into each. Merged, the pieces
 * hold what the request holds, in its order. They are views of it.
 *
 * @throws OtlpError INVALID_ARGUMENT for malformed bytes
 */
export function requestPieces(request: Uint8Array, limits: PieceLimits): Generator<Piece, void> {
  return pieces(new WireReader(request), 0, limits.maxBytes, limits);
}

function* pieces(
  message: WireReader,
  depth: number,
  maxBytes: number,
  limits: PieceLimits,
): Generator<Piece, void> {
  const level = LEVELS[depth];
  if (level === undefined) return;
  const children = new WireReader(message.buffer, message.position, message.end);
  const { shared, once } = withoutChildren(message, level);
  const builder = new PieceBuilder(shared, once, maxBytes, limits);
  const roomBytes = maxBytes - builder.sharedBytes;
  while (!children.done) {
    const start = children.position;
    const tag = children.tag();
    if (tag !== level.children) {
      children.skip(tag & 7, tag >>> 3);
      continue;
    }
    const end = children.range();
    const messages = limits.maxMessages === Infinity ? 1 : weigh(children, end, depth, limits.maxMessages);
    const bytes = end - start;
    if (depth === LEVELS.length - 1 || (bytes <= roomBytes && messages <= limits.maxMessages)) {
      if (bytes > roomBytes && limits.refuse) throw limits.refuse(end - children.position, roomBytes);
      if (!builder.hasRoom(bytes, messages)) yield builder.finish();
      builder.addRange(message.buffer, start, end, messages);
    } else {
      const inner = new WireReader(message.buffer, children.position, end);
      for (const piece of pieces(inner, depth + 1, roomBytes - MAX_FIELD_HEAD_BYTES, limits)) {
        const head = fieldHead(level.children, piece.bytes);
        const headed = head.length + piece.bytes;
        if (!builder.hasRoom(headed, piece.messages)) yield builder.finish();
        builder.addFields([head, ...piece.fields], headed, piece.messages);
      }
    }
    children.position = end;
  }
  if (!builder.isEmpty) yield builder.finish();
}

/** Puts one piece after the other together, each with the shared fields. */
class PieceBuilder {
  readonly sharedBytes: number;
  bytes: number;
  isEmpty: boolean;
  #fields: Uint8Array[];
  #messages = 0;
  /** The last field is a run of children, which ends here in the request; -1: it is not. */
  #runEnd = -1;
  #runStart = 0;

  constructor(
    private readonly shared: readonly Uint8Array[],
    once: readonly Uint8Array[],
    private readonly maxBytes: number,
    private readonly limits: PieceLimits,
  ) {
    this.sharedBytes = totalBytes(shared);
    this.#fields = [...shared, ...once];
    this.bytes = totalBytes(this.#fields);
    this.isEmpty = this.#fields.length === 0;
  }

  /** Whether more may be added to this piece before it is finished. */
  hasRoom(bytes: number, messages: number): boolean {
    const { refuse, maxMessages } = this.limits;
    const ownBytes = this.bytes - this.sharedBytes;
    if (ownBytes === 0) return true;
    if (refuse === undefined && maxMessages > 1 && ownBytes < this.sharedBytes) return true;
    return this.bytes + bytes <= this.maxBytes && this.#messages + messages <= maxMessages;
  }

  /** Children that lie one behind the other in the request are one field of the piece. */
  addRange(buffer: Uint8Array, start: number, end: number, messages: number): void {
    if (this.#runEnd === start) this.#fields.pop();
    else this.#runStart = start;
    this.#fields.push(buffer.subarray(this.#runStart, end));
    this.#runEnd = end;
    this.#added(end - start, messages);
  }

  addFields(fields: readonly Uint8Array[], bytes: number, messages: number): void {
    this.#fields.push(...fields);
    this.#runEnd = -1;
    this.#added(bytes, messages);
  }

  finish(): Piece {
    const { refuse } = this.limits;
    if (this.bytes > this.maxBytes && refuse) throw refuse(this.bytes, this.maxBytes);
    const piece = { fields: this.#fields, bytes: this.bytes, messages: this.#messages };
    this.#fields = [...this.shared];
    this.bytes = this.sharedBytes;
    this.#messages = 0;
    this.#runEnd = -1;
    this.isEmpty = true;
    return piece;
  }

  #added(bytes: number, messages: number): void {
    this.bytes += bytes;
    this.#messages += messages;
    this.isEmpty = false;
  }
}

/** All fields of a message that are not shared out; what lies together stays together. */
function withoutChildren(
  message: WireReader,
  level: Level,
): { readonly shared: Uint8Array[]; readonly once: Uint8Array[] } {
  const shared: Uint8Array[] = [];
  const once: Uint8Array[] = [];
  while (!message.done) {
    const start = message.position;
    const tag = message.tag();
    message.skip(tag & 7, tag >>> 3);
    if (tag === level.children) continue;
    (level.shared.includes(tag) ? shared : once).push(message.buffer.subarray(start, message.position));
  }
  return { shared, once };
}

/** The messages that a child is and holds; not counted further than the limit. The reader stays where it is. */
function weigh(reader: WireReader, end: number, depth: number, maxMessages: number): number {
  const level = LEVELS[depth + 1];
  let messages = 1;
  if (level === undefined) return messages;
  const inner = new WireReader(reader.buffer, reader.position, end);
  while (!inner.done && messages <= maxMessages) {
    const tag = inner.tag();
    if (tag !== level.children) {
      inner.skip(tag & 7, tag >>> 3);
      continue;
    }
    const childEnd = inner.range();
    messages += weigh(inner, childEnd, depth + 1, maxMessages - messages);
    inner.position = childEnd;
  }
  return messages;
}

function fieldHead(tag: number, bytes: number): Uint8Array {
  const head = new Uint8Array(1 + varintLength(bytes));
  head[0] = tag;
  writeVarint(head, 1, bytes);
  return head;
}

function totalBytes(fields: readonly Uint8Array[]): number {
  return fields.reduce((sum, { length }) => sum + length, 0);
}
