import { z } from 'zod';
import { configSchema } from '../config';

/** As much of a JSON schema as ours uses. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** Every setting of the configuration file as Markdown, a table for each section. */
export function optionsTables(): string {
  const root = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return Object.entries(root.properties ?? {})
    .map(([name, section]) => {
      const [own, ...settings] = rowsOf(name, section, (root.required ?? []).includes(name));
      const rows = settings.length === 0 ? [own] : settings;
      return [
        `### \`${name}\``,
        '',
        ...(settings.length === 0 ? [] : [section.description ?? '', '']),
        '| setting | value | default | |',
        '| --- | --- | --- | --- |',
        ...rows,
        ...atLength(name, section).flatMap((line) => ['', line]),
      ].join('\n');
    })
    .join('\n\n');
}

/** The row of one setting, and of those below it. */
function rowsOf(path: string, schema: JsonSchema, required: boolean): string[] {
  const own = `| \`${path}\` | ${valueOf(schema)} | ${defaultOf(schema, required)} | ${cell(schema.description ?? '')} |`;
  return [own, ...below(path, schema)];
}

function below(path: string, schema: JsonSchema): string[] {
  const branches = [schema, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const rows = branches.flatMap((branch) =>
    Object.entries(branch.properties ?? {}).flatMap(([name, property]) =>
      rowsOf(`${path}.${name}`, property, (branch.required ?? []).includes(name)),
    ),
  );
  return schema.items === undefined ? rows : [...rows, ...below(`${path}[]`, schema.items)];
}

function valueOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  const members = schema.oneOf ?? schema.anyOf;
  if (members !== undefined) return [...new Set(members.map(valueOf))].join(' or ');
  if (schema.type === 'array') {
    return isLong(schema.items?.enum) ? 'list of names, below' : `list of ${valueOf(schema.items ?? {})}`;
  }
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    return `name → ${valueOf(schema.additionalProperties)}`;
  }
  return schema.type === 'object' ? 'section' : (schema.type ?? 'any');
}

/** A section's default is that of its settings; what is long stands below the table. */
function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required) return '_needed_';
  if (schema.default === undefined) return '';
  if (schema.type === 'object' && Object.keys(schema.default ?? {}).length === 0) return '';
  return isLong(schema.default) ? 'below' : code(schema.default);
}

const MAX_CELL_CHARACTERS = 120;

function isLong(value: unknown): boolean {
  return value !== undefined && JSON.stringify(value).length > MAX_CELL_CHARACTERS;
}

/** What a cell of the table has no room for. */
function atLength(path: string, schema: JsonSchema): string[] {
  const names = schema.items?.enum;
  const own = [
    ...(names !== undefined && isLong(names)
      ? [`The names of \`${path}\`: ${names.map(code).join(', ')}.`]
      : []),
    ...(schema.type !== 'object' && isLong(schema.default)
      ? [`The default of \`${path}\`: ${listed(schema.default)}.`]
      : []),
  ];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    atLength(`${path}.${name}`, property),
  );
  return [...own, ...inner];
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(code).join(', ') : code(value);
}

function code(value: unknown): string {
  return `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/(?<!`[^`]*)<(?![^`]*`)/g, '&lt;');
}
