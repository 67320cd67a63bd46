import fc from 'fast-check';
import { ListSplitter } from './list-splitter';

const MAX = 1_000_000;

/** Splits a text that arrives in pieces of these lengths. */
function split(
  text: string,
  lengths: readonly number[],
  maxItemBytes = MAX,
): { items: unknown[]; envelope: unknown } {
  const items: unknown[] = [];
  const splitter = new ListSplitter(maxItemBytes, (json) => items.push(JSON.parse(json.toString('utf8'))));
  let bytes = Buffer.from(text);
  for (const length of lengths) {
    splitter.push(bytes.subarray(0, length));
    bytes = bytes.subarray(length);
  }
  splitter.push(bytes);
  return { items, envelope: JSON.parse(splitter.end().toString('utf8')) };
}

describe('a list that is split as it arrives', () => {
  it('says what JSON.parse says, wherever the pieces end', () => {
    const item = fc.dictionary(fc.string(), fc.jsonValue());
    const list = fc.record({
      metadata: fc.dictionary(fc.string(), fc.jsonValue()),
      items: fc.array(item, { maxLength: 8 }),
      more: fc.jsonValue(),
    });
    fc.assert(
      fc.property(list, fc.boolean(), fc.array(fc.nat(40)), (value, indented, lengths) => {
        const { items, envelope } = split(JSON.stringify(value, null, indented ? 2 : 0), lengths);
        const same = JSON.parse(JSON.stringify(value)) as typeof value;
        expect(items).toEqual(same.items);
        expect(envelope).toEqual({ ...same, items: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("takes only the list's own items for items", () => {
    const value = { metadata: { items: [{ a: 1 }] }, other: [{ b: 2 }], items: [{ items: [{ c: 3 }] }] };
    const { items, envelope } = split(JSON.stringify(value), [1, 2, 3]);
    expect(items).toEqual(value.items);
    expect(envelope).toEqual({ ...value, items: [] });
  });

  it('refuses an item over the limit before it has arrived as a whole', () => {
    const text = JSON.stringify({ items: [{ name: 'x'.repeat(100) }] });
    expect(() => split(text, [50], 60)).toThrow(/an object is larger than 60 bytes/);
  });
});
