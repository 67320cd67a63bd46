import { Reader, type Type, parse } from 'protobufjs';
import type { EnrichLimits } from '../enrich/add-resource-attributes';

/**
 * The simple way to do what `addResourceAttributes` does: decode, add, encode. The schema stops where the
 * splice stops reading; what is below is unknown to both, and must survive.
 */
const SCHEMA = `
  syntax = "proto3";
  message Request { repeated Container containers = 1; }
  message Container { Resource resource = 1; }
  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { bytes key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      bytes string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      bytes array_value = 5;
      bytes kvlist_value = 6;
      bytes bytes_value = 7;
      int32 string_value_strindex = 8;
    }
  }
`;

interface KeyValue {
  key?: Uint8Array;
  value?: { stringValue?: Uint8Array; value?: string };
}
export interface Request {
  containers?: { resource?: { attributes?: KeyValue[] } }[];
}

const request: Type = parse(SCHEMA).root.lookupType('Request');

/** A message of any type; unknown fields are kept, under `$unknowns`. */
export function decode(type: Type, bytes: Uint8Array): Record<string, unknown> {
  const reader = Reader.create(bytes);
  reader.discardUnknown = false;
  return type.decode(reader);
}

export function decodeRequest(bytes: Uint8Array): Request {
  return decode(request, bytes);
}

export function encodeRequest(message: Request): Uint8Array {
  return request.encode(message).finish();
}

export type AttributesFor = (serviceName: string | undefined) => Readonly<Record<string, string>>;

/** The same contract as `addResourceAttributes`, as a change to a decoded request. */
export function addToDecoded(message: Request, attributesFor: AttributesFor, limits: EnrichLimits): void {
  const containers = message.containers ?? [];
  if (containers.length > limits.maxResources) throw new RangeError('resources');
  for (const container of containers) {
    const attributes = container.resource?.attributes ?? [];
    if (attributes.length > limits.maxAttributesPerResource) throw new RangeError('attributes');
    const serviceName = attributes
      .filter(({ key }) => key !== undefined && Buffer.from(key).toString() === 'service.name')
      .map(({ value }) => value?.stringValue)
      .find((bytes) => bytes !== undefined && bytes.length > 0 && bytes.length <= 1024);
    const wanted = attributesFor(serviceName && Buffer.from(serviceName).toString());
    const missing = Object.entries(wanted).filter(
      ([key]) => !attributes.some((attribute) => Buffer.from(attribute.key ?? []).equals(Buffer.from(key))),
    );
    if (missing.length === 0) continue;
    container.resource ??= {};
    container.resource.attributes = [
      ...attributes,
      ...missing.map(([key, value]) => ({
        key: Buffer.from(key),
        value: { stringValue: Buffer.from(value) },
      })),
    ];
  }
}

/** Plain values to compare: defaults left out, bytes as hex, unknown fields in their order. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.keys(value).map((key) => [key, plain((value as Record<string, unknown>)[key])]);
  const unknowns = (value as { $unknowns?: unknown }).$unknowns;
  return Object.fromEntries(unknowns === undefined ? own : [...own, ['$unknowns', plain(unknowns)]]);
}
