import { closed, descriptionsByPath, kinds, kindsByKey } from './kinds.ts';
import type { Schema, Setting } from './setting.ts';

/** A schema of fewer characters is not worth a reference. */
const SHORT = 120;

/**
 * values.schema.json. Draft 7, the one that every Helm 3 and every editor reads. Of what Helm would refuse in words
 * that name nothing, unknown keys above all, it says so in a way that Helm passes over (kinds.ts).
 */
export function schemaOf(settings: readonly Setting[]): Schema {
  const shared = sharedKeys(settings);
  const definitions: Record<string, Schema> = {};
  const refer = (setting: Setting): Schema => {
    const schema = schemaOfSetting(setting, refer);
    if (!shared.has(setting.key) || JSON.stringify(schema).length < SHORT) return schema;
    const before = (definitions[setting.key] ??= schema);
    return same(before, schema) ? { $ref: `#/definitions/${setting.key}` } : schema;
  };
  const root = closed(Object.fromEntries(settings.map((setting) => [setting.key, refer(setting)])));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart trace',
    ...root,
    definitions,
  };
}

/** What a setting may be: by its annotation, else by its key's name, else by its default. */
export function schemaOfSetting(
  setting: Setting,
  refer: (child: Setting) => Schema = schemaOfSetting,
): Schema {
  const { annotation, description, path } = setting;
  const text =
    description || (descriptionsByPath[path.slice(-2).join('.')] ?? descriptionsByPath[setting.key]);
  const described = text === undefined ? {} : { description: text };
  if (typeof annotation === 'string') {
    const kind = kinds[annotation];
    if (kind === undefined) {
      throw new Error(
        `${setting.path.join('.')}: @schema ${annotation}: expected one of ${Object.keys(kinds).join(', ')}`,
      );
    }
    return { ...kind, ...described };
  }
  return { ...(byKey(setting) ?? byDefault(setting, refer)), ...described, ...annotation };
}

function byKey({ key, value }: Setting): Schema | undefined {
  const kind = kindsByKey[key];
  if (kind === undefined) return undefined;
  const types: unknown = kind.type ?? 'string';
  return (Array.isArray(types) ? types : [types]).includes(typeOf(value)) ? kind : undefined;
}

function byDefault({ value, children }: Setting, refer: (child: Setting) => Schema): Schema {
  if (children.length > 0)
    return closed(Object.fromEntries(children.map((child) => [child.key, refer(child)])));
  if (value === null) return {};
  if (Array.isArray(value) && value.length > 0) {
    return { type: 'array', items: { type: typeOf(value[0]) } };
  }
  return { type: typeOf(value) };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
}

/** Keys that stand in more than one place. */
function sharedKeys(settings: readonly Setting[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  const visit = ({ key, children }: Setting): void => {
    (seen.has(key) ? twice : seen).add(key);
    children.forEach(visit);
  };
  settings.forEach(visit);
  return twice;
}

const same = (one: Schema, other: Schema): boolean => JSON.stringify(one) === JSON.stringify(other);
