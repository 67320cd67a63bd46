import fc from 'fast-check';
import { LineSplitter } from './line-splitter';

describe('lines of a watch', () => {
  it('are the same wherever the pieces end', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(20)), (texts, lengths) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '));
        const splitter = new LineSplitter(10_000);
        let bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const found: string[] = [];
        for (const length of [...lengths, bytes.length]) {
          found.push(...splitter.push(bytes.subarray(0, length)).map((line) => line.toString()));
          bytes = bytes.subarray(length);
        }
        expect(found).toEqual(lines.filter((line) => line !== ''));
      }),
    );
  });

  it('are refused over the limit, before they have ended', () => {
    const splitter = new LineSplitter(10);
    splitter.push(Buffer.from('123456'));
    expect(() => splitter.push(Buffer.from('78901'))).toThrow(/larger than 10 bytes/);
  });
});
