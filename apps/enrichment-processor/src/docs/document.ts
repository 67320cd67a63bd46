import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsTable } from './metrics-table';
import { optionsTables } from './options-table';

export const DOCUMENT = join(__dirname, '..', '..', '..', '..', 'docs', 'enrichment.md');

const GENERATED: Readonly<Record<string, () => string>> = { options: optionsTables, metrics: metricsTable };

/** The document with its generated parts made anew: what stands between `<!-- generated: X -->` and its end. */
export function withGeneratedParts(text: string): string {
  return Object.entries(GENERATED).reduce((document, [name, generate]) => {
    const [begin, end] = [`<!-- generated: ${name} -->\n`, `\n<!-- end of ${name} -->`];
    const [from, to] = [document.indexOf(begin), document.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for ${name}`);
    return `${document.slice(0, from + begin.length)}\n${generate()}\n${document.slice(to)}`;
  }, text);
}

if (require.main === module) writeFileSync(DOCUMENT, withGeneratedParts(readFileSync(DOCUMENT, 'utf8')));
