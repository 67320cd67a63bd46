import fc from 'fast-check';
import { decodeHeaderBlock } from './decode';
import { encodeHeaderBlock } from './encode';
import { HpackError } from './hpack-error';
import { decodeHuffman } from './huffman';
import { EOS, HUFFMAN_CODE_BITS } from './huffman-code';
import { STATIC_TABLE } from './static-table';

const decode = (hex: string): object => ({
  ...decodeHeaderBlock(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
});

const FIRST_REQUEST = {
  ':method': 'GET',
  ':scheme': 'http',
  ':path': '/',
  ':authority': 'www.example.com',
};
const FIRST_RESPONSE = {
  ':status': '302',
  'cache-control': 'private',
  date: 'Mon, 21 Oct 2013 20:13:21 GMT',
  location: 'https://www.example.com',
};

describe('HPACK', () => {
  it.each<[section: string, hex: string, headers: object]>([
    [
      'C.2.1',
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      { 'custom-key': 'custom-header' },
    ],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', { ':path': '/sample/path' }],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', { password: 'secret' }],
    ['C.2.4', '82', { ':method': 'GET' }],
    ['C.3.1', '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', FIRST_REQUEST],
    ['C.4.1', '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', FIRST_REQUEST],
    [
      'C.5.1',
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32' +
        '3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      FIRST_RESPONSE,
    ],
    [
      'C.6.1',
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad' +
        '1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      FIRST_RESPONSE,
    ],
  ])('reads the example of RFC 7541, appendix %s', (_section, hex, headers) => {
    expect(decode(hex)).toEqual(headers);
  });

  it.each<[what: string, hex: string]>([
    ['an index of the dynamic table (C.4.2)', '8286 84be 5886 a8eb 1064 9cbf'],
    ['a table size over 0', '21'],
    ['a size update after a field', '82 20'],
    ['index 0', '80'],
    ['a string that is cut off', '0001 6102'],
    ['a block that ends in an integer', '00ff'],
    ['an integer without end', '00ff ffff ffff ffff ffff ff01'],
    ['EOS in a string', '0001 6184 ffff ffff'],
    ['padding of a whole byte', '0001 6182 1fff'],
    ['padding with zeros', '0001 6181 18'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decode(hex)).toThrow(HpackError);
  });

  it('takes a table size of 0, at the start', () => {
    expect(decode('20 88')).toEqual({ ':status': '200' });
  });

  it('joins the values of a repeated name', () => {
    expect(decode('0001 6101 31 0001 6101 32')).toEqual({ a: '1, 2' });
  });

  it('has the tables in full', () => {
    expect(STATIC_TABLE).toHaveLength(62);
    expect(STATIC_TABLE[61]).toEqual(['www-authenticate', '']);
    expect(HUFFMAN_CODE_BITS).toHaveLength(EOS + 1);
    // A prefix code without gaps: each bit pattern means something.
    expect(HUFFMAN_CODE_BITS.reduce((sum, bits) => sum + 2 ** -bits, 0)).toBe(1);
  });

  it.each<[byte: number, code: string]>([
    [0, '11111111 11000'],
    [10, '11111111 11111111 11111111 111100'],
    [48, '00000'],
    [97, '00011'],
    [122, '1111011'],
    [255, '11111111 11111111 11111011 10'],
  ])('knows the code of byte %i', (byte, code) => {
    const bits = code.replaceAll(' ', '');
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    const bytes = Buffer.from((padded.match(/.{8}/g) ?? []).map((octet) => parseInt(octet, 2)));
    expect(decodeHuffman(bytes)).toBe(String.fromCharCode(byte));
  });

  const text = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);

  it('reads what it writes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, text, fc.boolean()), { selector: ([key]) => key }),
        (fields) => {
          const block = encodeHeaderBlock(
            fields.map(([key, value, sensitive]) => ({ name: key, value, sensitive })),
          );
          expect({ ...decodeHeaderBlock(block) }).toEqual(
            Object.fromEntries(fields.map(([key, value]) => [key, value])),
          );
        },
      ),
    );
  });

  it('reads or refuses any bytes, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeHeaderBlock(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(HpackError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
