import fc from 'fast-check';
import { HeaderDecoder, decodeHeaderBlock } from './decode';
import { HpackEncoder } from '../testing/hpack-encoder';
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

  /** What a decoder with a dynamic table makes of these blocks, one after the other. */
  function decodeAll(tableBytes: number, blocks: readonly string[]): [string, string][][] {
    const decoder = new HeaderDecoder(tableBytes);
    return blocks.map((hex) => {
      const fields: [string, string][] = [];
      decoder.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), (field, value) =>
        fields.push([field, value]),
      );
      return fields;
    });
  }

  const requests = [
    Object.entries(FIRST_REQUEST),
    Object.entries({ ...FIRST_REQUEST, 'cache-control': 'no-cache' }),
    Object.entries({
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/index.html',
      ':authority': 'www.example.com',
      'custom-key': 'custom-value',
    }),
  ];
  const second = { ...FIRST_RESPONSE, ':status': '307' };
  const third = {
    ':status': '200',
    'cache-control': 'private',
    date: 'Mon, 21 Oct 2013 20:13:22 GMT',
    location: 'https://www.example.com',
    'content-encoding': 'gzip',
    'set-cookie': 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  };
  const responses = [FIRST_RESPONSE, second, third].map((headers) => Object.entries(headers));

  it.each<[section: string, tableBytes: number, blocks: string[], fields: [string, string][][]]>([
    [
      'C.3',
      4096,
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
      requests,
    ],
    [
      'C.4',
      4096,
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
      requests,
    ],
    [
      'C.5, where fields are evicted',
      256,
      [
        '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32' +
          '3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '4803 3330 37c1 c0bf',
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970' +
          '7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61' +
          '6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
      ],
      responses,
    ],
  ])('reads the examples of RFC 7541, appendix %s', (_section, tableBytes, blocks, fields) => {
    expect(decodeAll(tableBytes, blocks)).toEqual(fields);
  });

  it.each<[what: string, blocks: string[]]>([
    [
      'what is larger than the table, which it empties',
      ['4001 6101 61', `4001 61 7f 8926 ${'61'.repeat(5000)}`, 'be'],
    ],
    ['what a smaller table has evicted', ['4001 6101 61', '20', '3fe1 1f be']],
    ['a table over the limit', ['3fe2 1f']],
  ])('refuses to refer to %s', (_what, blocks) => {
    expect(() => decodeAll(4096, blocks)).toThrow(HpackError);
  });

  const form = fc.record({
    kind: fc.constantFrom('incremental' as const, 'without' as const, 'never' as const),
    usesTable: fc.boolean(),
    huffman: fc.boolean(),
  });
  const blocks = fc.array(
    fc.record({
      tableBytes: fc.option(fc.nat(4096)),
      fields: fc.array(
        fc.tuple(
          fc.tuple(
            fc.oneof(name, fc.constantFrom(':path', 'x-a', 'x-b')),
            fc.oneof(text, fc.constantFrom('/', '1', '2'), fc.constant('long'.repeat(500))),
          ),
          form,
        ),
        { maxLength: 8 },
      ),
    }),
    { maxLength: 20 },
  );

  it('reads what an encoder writes that uses all there is', () => {
    fc.assert(
      fc.property(blocks, (sent) => {
        const encoder = new HpackEncoder();
        const decoder = new HeaderDecoder(4096);
        for (const { tableBytes, fields } of sent) {
          if (tableBytes !== null) encoder.resize(tableBytes);
          const seen: [string, string][] = [];
          decoder.decode(encoder.encode(fields), (field, value) => seen.push([field, value]));
          expect(seen).toEqual(fields.map(([pair]) => pair));
        }
      }),
    );
  });
});
