import { once } from 'node:events';
import {
  type ZstdOptions,
  constants,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import fc from 'fast-check';
import { ByteBudget, Holding } from './byte-budget';
import { type Compression, decompress } from './decompress';

const MEBIBYTE = 1024 * 1024;
const LIMITS = { maxReceiveBytes: 4 * MEBIBYTE, retryAfterMillis: 700 };

const compress: Record<Compression, (message: Uint8Array) => Buffer> = {
  gzip: (message) => gzipSync(message),
  zstd: (message) => zstdCompressSync(message),
};

function setUp(maxInFlightBytes = 64 * MEBIBYTE): { budget: ByteBudget; holding: Holding } {
  const budget = new ByteBudget(maxInFlightBytes);
  return { budget, holding: new Holding([budget]) };
}

/** zstd as a stream writes it: without its length. */
async function streamed(message: Buffer, options: ZstdOptions = {}): Promise<Buffer> {
  const stream = createZstdCompress(options);
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.write(message.subarray(0, 1));
  stream.end(message.subarray(1));
  await once(stream, 'end');
  return Buffer.concat(parts);
}

describe.each(['gzip', 'zstd'] as const)('%s', (compression) => {
  it('gives back any message, and holds exactly its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (message) => {
        const { budget, holding } = setUp();
        const result = await decompress(compression, compress[compression](message), holding, LIMITS);
        expect(result).toEqual(Buffer.from(message));
        expect(budget.inUseBytes).toBe(message.length);
      }),
    );
  });

  it.each([MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE, 4 * MEBIBYTE])(
    'takes %d bytes, at once or as a stream',
    async (bytes) => {
      const { budget, holding } = setUp();
      const message = Buffer.alloc(bytes, 'some telemetry ');
      const result = await decompress(compression, compress[compression](message), holding, LIMITS);
      expect(result.equals(message)).toBe(true);
      expect(budget.inUseBytes).toBe(bytes);
    },
  );

  it('refuses what is cut off, damaged or none, and holds nothing then', async () => {
    const { budget, holding } = setUp();
    for (const size of [100, 2 * MEBIBYTE]) {
      const whole = compress[compression](Buffer.alloc(size, 'abc'));
      for (const bytes of [whole.subarray(0, -9), Buffer.alloc(50, 1), Buffer.alloc(0)]) {
        // The last bytes of gzip are its length; of what is cut off, they may say anything.
        await expect(decompress(compression, bytes, holding, LIMITS)).rejects.toMatchObject({
          code: expect.stringMatching(/^(INVALID_ARGUMENT|RESOURCE_EXHAUSTED)$/) as string,
          retryable: false,
        });
        holding.giveBack();
        expect(budget.inUseBytes).toBe(0);
      }
    }
  });

  it('refuses unseen what says that it is too large', async () => {
    const { holding } = setUp(0); // no byte could be paid for
    const bomb = compress[compression](Buffer.alloc(4 * MEBIBYTE + 1));
    await expect(decompress(compression, bomb, holding, LIMITS)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining(`message of ${4 * MEBIBYTE + 1} bytes`) as string,
      retryable: false,
    });
  });
});

describe('a bomb of 10 MiB that grows to 10 GiB', () => {
  // Equal blocks: the compressed form of 10 GiB is made by repetition, not by compressing 10 GiB.
  it('and lies about its length stops at the limit', async () => {
    const { holding, budget } = setUp();
    const mebibyteOfZeros = await deflatedZeros();
    const header = gzipSync(Buffer.alloc(0)).subarray(0, 10);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(1000, 4);
    const bomb = Buffer.concat([header, ...Array.from({ length: 10_240 }, () => mebibyteOfZeros), trailer]);
    expect(bomb.length).toBeGreaterThan(10 * MEBIBYTE);
    const before = process.memoryUsage().rss;
    const started = process.cpuUsage();
    await expect(decompress('gzip', bomb, holding, LIMITS)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('of more than') as string,
      retryable: false,
    });
    const { user, system } = process.cpuUsage(started);
    // To inflate all of it takes many times as much of both.
    expect((user + system) / 1000).toBeLessThan(2500);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * MEBIBYTE);
    holding.giveBack();
    expect(budget.inUseBytes).toBe(0);
  });

  async function deflatedZeros(): Promise<Buffer> {
    const gzip = createGzip();
    const parts: Buffer[] = [];
    gzip.on('data', (part: Buffer) => parts.push(part));
    gzip.write(Buffer.alloc(MEBIBYTE));
    await new Promise<void>((resolve) => {
      gzip.flush(constants.Z_FULL_FLUSH, resolve);
    });
    gzip.destroy();
    return Buffer.concat(parts).subarray(10);
  }
});

describe('zstd', () => {
  it('without a length is taken, small and large', async () => {
    for (const bytes of [1000, 3 * MEBIBYTE]) {
      const message = Buffer.alloc(bytes, 'some telemetry ');
      const { budget, holding } = setUp();
      const result = await decompress('zstd', await streamed(message), holding, LIMITS);
      expect(result.equals(message)).toBe(true);
      expect(budget.inUseBytes).toBe(bytes);
    }
  });

  it('that grows without end stops at the limit', async () => {
    const bomb = await streamed(Buffer.alloc(100 * MEBIBYTE));
    const { holding } = setUp();
    await expect(decompress('zstd', bomb, holding, LIMITS)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('of more than') as string,
      retryable: false,
    });
  });

  it('with a window that decoders need not have is refused', async () => {
    const message = Buffer.alloc(2 * MEBIBYTE, 'x');
    const wide = await streamed(message, { params: { [constants.ZSTD_c_windowLog]: 27 } });
    const { holding } = setUp();
    await expect(decompress('zstd', wide, holding, LIMITS)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('with such a window is refused too when it says its length', async () => {
    const params = { [constants.ZSTD_c_windowLog]: 25 };
    const wide = zstdCompressSync(Buffer.alloc(20 * MEBIBYTE, 'abc'), { params });
    const { holding } = setUp();
    const limits = { ...LIMITS, maxReceiveBytes: 32 * MEBIBYTE };
    await expect(decompress('zstd', wide, holding, limits)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it.each([100, 2 * MEBIBYTE])('in several frames is taken whole (%d bytes each)', async (bytes) => {
    const message = Buffer.alloc(bytes, 'abc');
    const frame = zstdCompressSync(message);
    const { holding, budget } = setUp();
    const result = await decompress('zstd', Buffer.concat([frame, frame]), holding, LIMITS);
    expect(result.equals(Buffer.concat([message, message]))).toBe(true);
    expect(budget.inUseBytes).toBe(2 * bytes);
  });

  it('in very many frames is refused', async () => {
    const empty = zstdCompressSync(Buffer.alloc(0));
    const { holding } = setUp();
    const many = Buffer.concat(Array.from({ length: 9 }, () => empty));
    await expect(decompress('zstd', many, holding, LIMITS)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('that grows over the limit by its frames is refused', async () => {
    const frame = zstdCompressSync(Buffer.alloc(3 * MEBIBYTE));
    const { holding } = setUp();
    await expect(decompress('zstd', Buffer.concat([frame, frame]), holding, LIMITS)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryable: false,
    });
  });

  it('pays for its window while it runs', async () => {
    const message = Buffer.alloc(2 * MEBIBYTE, 'abc');
    const { holding, budget } = setUp(12 * MEBIBYTE);
    const other = new Holding([budget]);
    other.take(3 * MEBIBYTE);
    const compressed = zstdCompressSync(message);
    await expect(decompress('zstd', compressed, holding, LIMITS)).rejects.toMatchObject({
      retryAfterMillis: 700,
    });
    holding.giveBack();
    other.giveBack();
    await expect(decompress('zstd', compressed, holding, LIMITS)).resolves.toHaveLength(message.length);
  });
});
