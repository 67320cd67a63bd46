import type { WireReader } from '@trace/otlp';
import { tagOfMessage } from './otlp-shapes';

const KEY = tagOfMessage(1);
const VALUE = tagOfMessage(2);

const STRING_VALUE = tagOfMessage(1);
const BOOL_VALUE = 2 * 8;
const INT_VALUE = 3 * 8;
const DOUBLE_VALUE = 4 * 8 + 1;
/** array_value, kvlist_value, bytes_value. */
const OTHER_VALUES = [5, 6, 7].map(tagOfMessage);

/** A KeyValue of which the value has not been read yet: encoders may put the value first. */
export interface RawAttribute {
  readonly key: string;
  /** More than one piece is legal, and never seen: they are one message, one after the other. */
  readonly value: readonly WireReader[];
}

/** Reads a KeyValue; undefined when the key is longer than `maxKeyBytes`, so that nobody wants it. */
export function readAttribute(keyValue: WireReader, maxKeyBytes: number): RawAttribute | undefined {
  let key: string | undefined = '';
  const value: WireReader[] = [];
  while (!keyValue.done) {
    const tag = keyValue.tag();
    if (tag === KEY) {
      const start = keyValue.position;
      const end = keyValue.range();
      if (end - keyValue.position <= maxKeyBytes) {
        keyValue.position = start;
        key = keyValue.string();
      } else {
        key = undefined;
        keyValue.position = end;
      }
    } else if (tag === VALUE) {
      value.push(keyValue.message());
    } else {
      keyValue.skip(tag & 7, tag >>> 3);
    }
  }
  return key === undefined ? undefined : { key, value };
}

/**
 * An AnyValue as text, cut after `maxBytes` bytes of UTF-8. Undefined for lists, maps and bytes: they make no
 * label.
 */
export function attributeText(pieces: readonly WireReader[], maxBytes: number): string | undefined {
  let text: string | undefined;
  for (const anyValue of pieces) {
    while (!anyValue.done) {
      const tag = anyValue.tag();
      // Of the members of a oneof the last one counts.
      if (tag === STRING_VALUE) text = cut(anyValue.bytes(), maxBytes);
      else if (tag === BOOL_VALUE) text = String(anyValue.varint() !== 0);
      else if (tag === INT_VALUE) text = String(anyValue.int64());
      else if (tag === DOUBLE_VALUE) text = String(anyValue.double());
      else {
        if (OTHER_VALUES.includes(tag)) text = undefined;
        anyValue.skip(tag & 7, tag >>> 3);
      }
    }
  }
  return text;
}

function cut(bytes: Uint8Array, maxBytes: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxBytes)).toString();
}
