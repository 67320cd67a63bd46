import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/paths.ts';

/** docs/kubernetes-parity.md, as far as a machine reads it. */
const document = (): string => readFileSync(join(root, 'docs/kubernetes-parity.md'), 'utf8');

/** The cells of the table under a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = document().split(`\n## ${heading}`);
  const [table = ''] = section.split('\n## ');
  return table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split(' |')
        .map((cell) => cell.trim()),
    );
}

/** Names of the differences that the document says the requests show. */
export function documentedDifferences(): string[] {
  return tableUnder('Differences')
    .filter((cells) => cells.at(-1) === '320 requests')
    .map(([name = '']) => name.replaceAll('`', ''));
}

export function documentedAttributes(): string[] {
  return tableUnder('Attributes').map(([name = '']) => name.replaceAll('`', ''));
}

/** Rows that say of an option that we have something for it, and name no test that shows it. */
export function rowsWithoutTest(): string[] {
  return [...tableUnder('Attributes'), ...tableUnder('Options')]
    .filter((cells) => !(cells.at(-1) ?? '').includes('.spec.ts') && !(cells.at(-2) ?? '').startsWith('no:'))
    .map((cells) => cells.join(' | '));
}

/** "file: beginning of the test's title", for each row that names one. */
export function namedTests(): { readonly file: string; readonly title: string }[] {
  return [...tableUnder('Attributes'), ...tableUnder('Options'), ...tableUnder('Differences')].flatMap(
    (cells) => {
      const [, file, title = ''] = /^(\S+\.spec\.ts)(?:: (.*))?$/.exec(cells.at(-1) ?? '') ?? [];
      return file === undefined ? [] : [{ file, title }];
    },
  );
}

/** The text of a test file of this case or of the code that it tests; undefined: there is none. */
export function testFile(name: string): string | undefined {
  const folders = '{e2e/cases/07-kubernetes,apps/enrichment-processor/src/enrich/kubernetes/**}';
  const [file] = globSync(`${folders}/${name}`, { cwd: root });
  return file === undefined ? undefined : readFileSync(join(root, file), 'utf8');
}
