import { Reader, type Type, Writer } from 'protobufjs';
import type { KeyRule, PrivacyFilter } from '../records/privacy-filter';
import type { Signal } from '../signal';
import { decodingMessage, encodedValuesMessage, encodedValuesType, occurrencesType } from './otlp-schema';
import { decode, plain } from './reference';

/** A decoded message of any type, with its unknown fields. */
type Decoded = Record<string, unknown>;

/** What a request holds, field by field in their order, to be compared. */
export function contentOf(signal: Signal, request: Uint8Array): unknown {
  return plain(decode(occurrencesType(signal), request));
}

/** The same contract as `redact`, by decoding the whole request, changing the messages and encoding them. */
export function referenceRedact(signal: Signal, request: Uint8Array, filter: PrivacyFilter): Uint8Array {
  const type = encodedValuesType(signal);
  return type.encode(redactFields(type, decode(type, request), filter)).finish();
}

function redactFields(type: Type, message: Decoded, filter: PrivacyFilter): Decoded {
  for (const field of type.fieldsArray) {
    const own = message[field.name];
    if (!Array.isArray(own)) continue;
    message[field.name] = own.flatMap((item: unknown): unknown[] => {
      if (item instanceof Uint8Array) return redactBytes(type.name, field.name, item, filter);
      if (field.resolvedType?.name === 'KeyValue') return redactAttribute(item as Attribute, filter);
      return [redactFields(field.resolvedType as Type, item as Decoded, filter)];
    });
  }
  return message;
}

function redactBytes(
  typeName: string,
  fieldName: string,
  bytes: Uint8Array,
  filter: PrivacyFilter,
): Uint8Array[] {
  if (fieldName === 'body' || fieldName === 'values') return [redactValue(bytes, filter).bytes];
  const namesKey = typeName === 'EntityRef' && /Keys$/i.test(fieldName);
  if (namesKey && filter.keyRule(latin1(bytes))?.drops === true) return [];
  return redactText(bytes, filter);
}

interface Attribute {
  key?: Uint8Array[];
  value?: Uint8Array[];
}

function redactAttribute(attribute: Attribute, filter: PrivacyFilter): Attribute[] {
  const { key = [], value = [] } = attribute;
  const rules = key.flatMap((bytes) => filter.keyRule(latin1(bytes)) ?? []);
  const rule = rules.find(({ drops }) => drops) ?? rules.at(-1);
  if (rule?.drops === true) return [];
  const keys = key.flatMap((bytes) => redactText(bytes, filter));
  const values = value.map((bytes) =>
    rule === undefined ? redactValue(bytes, filter) : { bytes: replaceValue(bytes, rule), dropped: false },
  );
  if (keys.length < key.length || values.some(({ dropped }) => dropped)) return [];
  attribute.key = keys;
  attribute.value = values.map(({ bytes }) => bytes);
  return [attribute];
}

function replaceValue(bytes: Uint8Array, rule: KeyRule): Uint8Array {
  const scalar = scalarOf(bytes);
  const replacement = (value: Uint8Array): object => ({ stringValue: Buffer.from(rule.apply(value)) });
  return scalar === undefined ? bytes : decodingMessage('AnyValue').encode(replacement(scalar)).finish();
}

function redactValue(encoded: Uint8Array, filter: PrivacyFilter): { bytes: Uint8Array; dropped: boolean } {
  const integers = redactIntegers(encoded, filter);
  const type = encodedValuesMessage('AnyValue');
  const value = decode(type, integers.bytes);
  const texts = (message: Decoded): number =>
    [message.stringValue, message.bytesValue].flat().filter((text) => text !== undefined).length;
  const before = texts(value);
  const left = redactFields(type, value, filter);
  return { bytes: type.encode(left).finish(), dropped: integers.dropped || texts(left) < before };
}

/** Member by member, since unknown fields stand between integers in an order of their own. */
function redactIntegers(
  encoded: Uint8Array,
  { integers }: PrivacyFilter,
): { bytes: Uint8Array; dropped: boolean } {
  if (integers === undefined) return { bytes: encoded, dropped: false };
  const reader = Reader.create(encoded);
  const members: Uint8Array[] = [];
  let dropped = false;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (tag !== 0x18) {
      reader.skipType(tag & 7, 0, tag >>> 3);
      members.push(encoded.subarray(start, reader.pos));
      continue;
    }
    const long: { toString(): string } = reader.int64();
    const value = BigInt(long.toString());
    const left = value < integers.least ? value : integers.apply(value);
    dropped ||= left === undefined;
    if (typeof left === 'string') members.push(Writer.create().uint32(0x0a).string(left).finish());
    if (typeof left === 'bigint') members.push(encoded.subarray(start, reader.pos));
  }
  return { bytes: Buffer.concat(members), dropped };
}

function redactText(bytes: Uint8Array, filter: PrivacyFilter): Uint8Array[] {
  const left = filter.text(latin1(bytes));
  return left === undefined ? [] : [Buffer.from(left, 'latin1')];
}

/** Of which a hash is taken, by the oneof as protobufjs decodes it. */
function scalarOf(encoded: Uint8Array): Uint8Array | undefined {
  const value = decode(decodingMessage('AnyValue'), encoded);
  const member = value.value as string | undefined;
  if (member === undefined) return undefined;
  const own = value[member];
  if (own instanceof Uint8Array) return own;
  // Only the bytes themselves tell how a composite was encoded; the last occurrence counts.
  return typeof own === 'object' && own !== null && !('toNumber' in own)
    ? lastOf(encoded, member)
    : Buffer.from(String(own));
}

function lastOf(encoded: Uint8Array, member: string): Uint8Array {
  const reader = Reader.create(encoded);
  const tag = member === 'arrayValue' ? 0x2a : 0x32;
  let last: Uint8Array = new Uint8Array(0);
  while (reader.pos < reader.len) {
    const read = reader.uint32();
    if (read === tag) last = reader.bytes();
    else reader.skipType(read & 7, 0, read >>> 3);
  }
  return last;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
