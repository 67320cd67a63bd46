import { getLanguageService, type LanguageService } from 'yaml-language-server';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { inChart } from './files.ts';

const schema = JSON.parse(inChart('values.schema.json')) as object;

function editor(): LanguageService {
  const service = getLanguageService({
    schemaRequestService: () => Promise.resolve(JSON.stringify(schema)),
    workspaceContext: { resolveRelativePath: (path) => path },
  });
  service.configure({
    validate: true,
    completion: true,
    hover: true,
    schemas: [{ uri: 'file:///values.schema.json', fileMatch: ['*.yaml'], schema }],
  });
  return service;
}
/** The service remembers a file by its name and version. */
let version = 0;
const document = (text: string): TextDocument =>
  TextDocument.create('file:///values.yaml', 'yaml', (version += 1), text);

describe('an editor', () => {
  const service = editor();

  it('warns of unknown keys and of texts in the wrong form, and of nothing else', async () => {
    const text =
      'tempo:\n  retenton: 48h\n  retention: 7 days\n  nodeSelector: { pool: a }\nclusterName: a\n';
    const diagnostics = await service.doValidation(document(text), false);
    expect(diagnostics.map(({ range, message }) => [range.start.line, message]).sort()).toEqual([
      [1, 'not a setting of this chart'],
      [2, expect.stringContaining('does not match the pattern') as unknown],
    ]);
  });

  it('has nothing against the defaults', async () => {
    expect(await service.doValidation(document(inChart('values.yaml')), false)).toEqual([]);
  });

  it('completes keys, with what they are', async () => {
    const { items } = await service.doComplete(document('tempo:\n  '), { line: 1, character: 2 }, false);
    const retention = items.find(({ label }) => label === 'retention');
    expect(retention?.documentation).toContain('How long data is kept.');
    expect(items.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['enabled', 'image', 'nodeSelector']),
    );
  });
});
