import { METADATA } from './all-metadata.ts';
import { documentedAttributes, namedTests, rowsWithoutTest, testFile } from './parity-document.ts';

describe('docs/kubernetes-parity.md', () => {
  it('has a row for every attribute that can be asked for, and for no other', () => {
    expect(documentedAttributes().sort()).toEqual([...METADATA].sort());
  });

  it('names a test in every row but those that say no', () => {
    expect(rowsWithoutTest()).toEqual([]);
  });

  it('names tests that there are', () => {
    const tests = namedTests();
    expect(tests.length).toBeGreaterThan(50);
    const missing = tests.filter(({ file, title }) => testFile(file)?.includes(title) !== true);
    expect(missing).toEqual([]);
  });
});
