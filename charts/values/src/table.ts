import { kindsByKey } from './kinds.ts';
import { schemaOfSetting } from './schema.ts';
import type { Setting } from './setting.ts';

interface Row {
  /** Below the component. */
  readonly key: string;
  readonly type: string;
  readonly value: string;
  readonly description: string;
}

/** Every setting in Markdown: the chart's own, what the components have in common, and then one by one. */
export function tablesOf(settings: readonly Setting[]): string {
  const components = settings.filter(({ children }) => children.some(({ key }) => key === 'image'));
  const general = settings.filter((setting) => !components.includes(setting));
  const rows = new Map(components.map((each) => [each.key, rowsOf(each, 1)]));
  const common = commonRows(rows);
  const isCommon = (row: Row): boolean => common.some((each) => each.row.key === row.key);
  return [
    '### The chart',
    table(general.flatMap((setting) => rowsOf(setting, 0))),
    '### Every component',
    table(
      common.map(({ row, missing }) => ({
        ...row,
        key: `*.${row.key}`,
        description: [row.description, missing.length > 0 ? `Not in ${missing.map(code).join(', ')}.` : '']
          .filter(Boolean)
          .join(' '),
      })),
    ),
    ...components.flatMap(({ key, description }) => [
      `### ${key}`,
      ...(description === '' ? [] : [description]),
      table(
        (rows.get(key) ?? [])
          .filter((row) => !isCommon(row))
          .map((row) => ({ ...row, key: `${key}.${row.key}` })),
      ),
    ]),
  ].join('\n\n');
}

function rowsOf(setting: Setting, depth: number): Row[] {
  const { path, key, value, children } = setting;
  const isGroup = children.length > 0 && !(key in kindsByKey);
  if (isGroup)
    return children.flatMap((child) => rowsOf(child, depth)).map(withDescriptionOf(setting, depth));
  const { type, enum: choices, description = '' } = schemaOfSetting(setting);
  const types = Array.isArray(choices) ? choices.map(String) : [type].flat().map(String);
  return [
    {
      key: path.slice(depth).join('.'),
      type: Array.isArray(choices) ? types.join(', ') : (types[0] ?? ''),
      value: JSON.stringify(value),
      description: [description, ...children.flatMap(descriptionsIn)].filter(Boolean).join(' '),
    },
  ];
}

const descriptionsIn = ({ description, children }: Setting): string[] => [
  description,
  ...children.flatMap(descriptionsIn),
];

/** What is said of a group stands at the first of its keys. */
function withDescriptionOf({ description, path }: Setting, depth: number) {
  return (row: Row, index: number): Row =>
    index > 0 || path.length <= depth || description === ''
      ? row
      : { ...row, description: [description, row.description].filter(Boolean).join(' ') };
}

/** Rows that are the same wherever they are, in at least two components. */
function commonRows(rows: ReadonlyMap<string, readonly Row[]>): { row: Row; missing: string[] }[] {
  const all = [...rows.values()].flat();
  const first = all.filter(({ key }, index) => all.findIndex((row) => row.key === key) === index);
  return first
    .filter((row) => {
      const those = all.filter(({ key }) => key === row.key);
      return those.length > 1 && those.every((each) => JSON.stringify(each) === JSON.stringify(row));
    })
    .map((row) => ({
      row,
      missing: [...rows].filter(([, own]) => !own.some(({ key }) => key === row.key)).map(([name]) => name),
    }));
}

function table(rows: readonly Row[]): string {
  const line = (...cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line('key', 'type', 'default', 'what it is'),
    line('---', '---', '---', '---'),
    ...rows.map(({ key, type, value, description }) => line(code(key), type, code(value), description)),
  ].join('\n');
}

const code = (text: string): string => `\`${text}\``;
