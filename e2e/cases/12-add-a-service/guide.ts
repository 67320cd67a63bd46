import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/paths.ts';

const guide = readFileSync(join(root, 'docs/add-a-service.md'), 'utf8');

/** The text of a code block that names a file (`python file=service.py`). */
export function fileOfGuide(name: string): string {
  const [, text] =
    new RegExp(`^\`\`\`\\w+ file=${name.replaceAll('.', '\\.')}\\n([^]*?)^\`\`\`$`, 'm').exec(guide) ?? [];
  if (text === undefined) throw new Error(`docs/add-a-service.md has no file ${name}`);
  return text;
}

/** The variables that the guide starts a service with, which stand before the command that ends like this. */
export function environmentOfGuide(command: string): Record<string, string> {
  const blocks = [...guide.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = '']) => text);
  const block = blocks.find((text) => text.trimEnd().endsWith(command));
  if (block === undefined) throw new Error(`docs/add-a-service.md has no command ${command}`);
  return Object.fromEntries(
    [...block.matchAll(/\b([A-Z][A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}
