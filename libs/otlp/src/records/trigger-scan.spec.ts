import fc from 'fast-check';
import { TriggerScan } from './trigger-scan';

const LITERALS = ['secret', 'token=', 'abcde', 'bearer\t', '://', 'KEY', '-----begin'];
const scan = new TriggerScan(LITERALS.map((literal) => ({ literal })));

/** Which ranges of so many bytes have a part of a literal in them, found the simple way. */
function expected(request: Buffer, bytes: number): boolean[] {
  const text = request.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const touched = Array.from({ length: Math.ceil(request.length / bytes) }, () => false);
  for (const literal of LITERALS.map((one) => one.toLowerCase())) {
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
      for (let next = at; next < at + literal.length; next += 1) touched[Math.floor(next / bytes)] = true;
    }
  }
  return touched;
}

describe('the trigger scan', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...LITERALS,
      ...LITERALS.map((literal) => literal.toUpperCase()),
      'secre',
      'oken=',
      ':/',
      ' ',
    ),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );

  it('finds what a search for each literal finds, wherever the request lies in memory', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat({ max: 7 }), (pieces, offset) => {
        const text = Buffer.from(pieces.join(''), 'latin1');
        const request = Buffer.concat([Buffer.alloc(offset), text]).subarray(offset);
        const occurrences = scan.find(request)!;
        const touched = expected(request, 4);
        expect(occurrences.none).toBe(!touched.includes(true));
        expect(touched.map((_, index) => occurrences.touch(4 * index, 4 * index + 4))).toEqual(touched);
      }),
      { numRuns: 5000 },
    );
  });

  it('asks whoever knows more about an occurrence', () => {
    const confirmed = new TriggerScan([
      { literal: 'secret', confirm: (request, at) => request[at + 6] === 0x21 },
      { literal: '@', confirm: (_, at) => at > 9 },
    ]);
    expect(confirmed.find(Buffer.from('a secret, @'))?.touch(0, 9)).toBe(false);
    expect(confirmed.find(Buffer.from('a secret! '))?.touch(0, 9)).toBe(true);
    expect(confirmed.find(Buffer.from('@'))?.none).toBe(true);
  });

  it('gives up on a list when there are too many', () => {
    expect(scan.find(Buffer.from('secret'.repeat(70_000)))).toBeUndefined();
    expect(scan.find(Buffer.from('://'.repeat(70_000)))).toBeUndefined();
  });
});
