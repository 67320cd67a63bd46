import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Options } from 'prettier';
import * as babel from 'prettier/plugins/babel';
import * as estree from 'prettier/plugins/estree';
import * as markdown from 'prettier/plugins/markdown';
import { format } from 'prettier/standalone';

import { schemaOf } from './schema.ts';
import { settingsOf } from './setting.ts';
import { tablesOf } from './table.ts';

export const CHART = join(import.meta.dirname, '../../trace');

const [BEGIN, END] = ['<!-- generated: settings -->', '<!-- end of settings -->'];

/** What is committed beside values.yaml and comes of it, by the name of its file. */
export async function filesOf(values: string, readme: string): Promise<Map<string, string>> {
  const settings = settingsOf(values);
  return new Map([
    await formatted('values.schema.json', JSON.stringify(schemaOf(settings))),
    await formatted('README.md', withTables(readme, tablesOf(settings))),
  ]);
}

export const inChart = (name: string): string => readFileSync(join(CHART, name), 'utf8');

function withTables(readme: string, tables: string): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  return `${readme.slice(0, from + BEGIN.length)}\n\n${tables}\n\n${readme.slice(to)}`;
}

/** As `npm run format` would: the command itself loads its parts in a way that jest has not. */
async function formatted(name: string, text: string): Promise<[string, string]> {
  const options = JSON.parse(readFileSync(join(CHART, '../../.prettierrc.json'), 'utf8')) as Options;
  return [name, await format(text, { ...options, filepath: name, plugins: [babel, estree, markdown] })];
}
