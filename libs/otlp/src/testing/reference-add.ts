import type { Attributes } from '../enrich/attribute-additions';
import type { Signal } from '../signal';
import { decodingMessage, encodedResourcesType } from './otlp-schema';
import { decode } from './reference';
import { type KeyValue, anyValueOf, firstString, keysOf } from './reference-derive';

/** The same contract as `addResourceAttributes`: what is missing is appended to the last Resource of a parent. */
export function referenceAdd(
  signal: Signal,
  request: Uint8Array,
  attributesFor: (serviceName: string | undefined) => Attributes,
): Uint8Array {
  const type = encodedResourcesType(signal);
  const message = decode(type, request) as { containers?: { resource?: Uint8Array[] }[] };
  const resourceType = decodingMessage('Resource');
  for (const container of message.containers ?? []) {
    const resources = container.resource ?? [];
    const attributes = resources.flatMap(
      (bytes) => (decode(resourceType, bytes) as { attributes?: KeyValue[] }).attributes ?? [],
    );
    const keys = keysOf(attributes);
    const missing = Object.entries(attributesFor(firstString(attributes, 'service.name'))).filter(
      ([key]) => !keys.includes(key),
    );
    if (missing.length === 0) continue;
    const added = resourceType
      .encode({
        attributes: missing.map(([key, value]) => ({ key: Buffer.from(key), value: anyValueOf(value) })),
      })
      .finish();
    container.resource = [...resources.slice(0, -1), Buffer.concat([...resources.slice(-1), added])];
  }
  return type.encode(message).finish();
}
