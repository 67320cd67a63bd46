import { isDeepStrictEqual } from 'node:util';
import { SERVICES, STATIC_ATTRIBUTES, catalogueAttributes } from '../shared/payload.ts';
import type { Row } from './rows.ts';
import { METADATA } from './subjects.ts';

type Attributes = Readonly<Record<string, string>>;

/** Throws unless every resource that arrived has all that was to be added, and the same from each hop. */
export function checkAttributes(arrived: readonly unknown[], row: Row, withPods: boolean): void {
  const [first, ...others] = arrived.map((resources) => {
    if (!Array.isArray(resources) || resources.length !== row.resources) {
      throw new Error(`${row.name}: a hop did not send on ${row.resources} resources`);
    }
    return resources as Attributes[];
  });
  for (const [index, attributes] of (first ?? []).entries()) {
    const service = SERVICES[index % SERVICES.length] ?? '';
    const expected = { ...STATIC_ATTRIBUTES, ...catalogueAttributes(service) };
    for (const [key, value] of Object.entries(expected)) {
      if (attributes[key] !== value)
        throw new Error(`${row.name}: ${key} is ${attributes[key]}, not ${value}`);
    }
    for (const key of withPods ? METADATA : []) {
      if (!attributes[key])
        throw new Error(`${row.name}: ${key} was not added: ${JSON.stringify(attributes)}`);
    }
    for (const other of others) {
      if (!isDeepStrictEqual({ ...other[index] }, { ...attributes })) {
        throw new Error(
          `${row.name}: the hops differ: ${JSON.stringify(attributes)} and ${JSON.stringify(other[index])}`,
        );
      }
    }
  }
}
