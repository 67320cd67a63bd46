import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { readZstdFrame } from './zstd-frame';

describe('the outside of a zstd frame', () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.nat(500_000).map((bytes) => Buffer.alloc(bytes)), // blocks of one byte, repeated
    fc.tuple(fc.uint8Array({ maxLength: 50 }), fc.nat(5000)).map(([part, times]) => {
      return Buffer.concat(Array.from({ length: times }, () => part));
    }),
  );

  it('tells the length of the content and of the frame, checksum or not, whatever follows', () => {
    fc.assert(
      fc.property(message, fc.boolean(), fc.uint8Array({ maxLength: 9 }), (content, checksum, behind) => {
        const params = { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 };
        const frame = zstdCompressSync(content, { params });
        expect(readZstdFrame(Buffer.concat([frame, behind]))).toEqual({
          contentBytes: content.length,
          frameBytes: frame.length,
        });
      }),
    );
  });

  it('is not there in other bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.boolean(), (bytes, magic) => {
        const frame = readZstdFrame(magic ? Buffer.concat([Buffer.from('28b52ffd', 'hex'), bytes]) : bytes);
        if (!magic) expect(frame).toBeUndefined();
      }),
    );
  });
});
