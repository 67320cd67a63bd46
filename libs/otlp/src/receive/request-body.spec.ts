import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { framed } from '../testing/framed';
import { ByteBudget, Holding } from './byte-budget';
import { RequestBody } from './request-body';

const MEBIBYTE = 1024 * 1024;

function setUp(
  maxReceiveBytes = MEBIBYTE,
  maxInFlightBytes = 4 * MEBIBYTE,
): { body: RequestBody; budget: ByteBudget; holding: Holding } {
  const budget = new ByteBudget(maxInFlightBytes);
  const holding = new Holding([new ByteBudget(Infinity), budget]);
  return { body: new RequestBody(holding, { maxReceiveBytes, retryAfterMillis: 700 }), budget, holding };
}

describe('RequestBody', () => {
  it('puts a message together however it was cut, and holds exactly its bytes', async () => {
    const cut = fc.tuple(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.nat(205), { maxLength: 20 }),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(cut, async ([message, cuts, zip]) => {
        const { body, budget, holding } = setUp();
        const bytes = zip ? framed(gzipSync(message), 1) : framed(message);
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          body.push(bytes.subarray(from, to));
          from = Math.max(from, Math.min(to, bytes.length));
        }
        expect(await body.finish(zip ? 'gzip' : 'identity')).toEqual(Buffer.from(message));
        expect(budget.inUseBytes).toBe(zip ? message.length : bytes.length);
        holding.giveBack();
        expect(budget.inUseBytes).toBe(0);
      }),
    );
  });

  it.each([
    ['a message cut off', framed(Buffer.alloc(10)).subarray(0, 12), 'identity', 'INVALID_ARGUMENT'],
    ['no message', Buffer.alloc(0), 'identity', 'INVALID_ARGUMENT'],
    [
      'two messages',
      Buffer.concat([framed(Buffer.alloc(1)), framed(Buffer.alloc(1))]),
      'identity',
      'INVALID_ARGUMENT',
    ],
    ['an unknown flag', framed(Buffer.alloc(1), 2), 'identity', 'INVALID_ARGUMENT'],
    ['gzip that is none', framed(Buffer.alloc(50, 1), 1), 'gzip', 'INVALID_ARGUMENT'],
    ['gzip cut off', framed(gzipSync(Buffer.alloc(500, 1)).subarray(0, 15), 1), 'gzip', 'INVALID_ARGUMENT'],
    ['another compression', framed(Buffer.alloc(50), 1), 'snappy', 'UNIMPLEMENTED'],
    ['a flag without a compression', framed(Buffer.alloc(50), 1), 'identity', 'UNIMPLEMENTED'],
    [
      'more than the limit',
      framed(Buffer.alloc(MEBIBYTE + 1)).subarray(0, 5),
      'identity',
      'RESOURCE_EXHAUSTED',
    ],
    ['a gzip bomb', framed(gzipSync(Buffer.alloc(3 * MEBIBYTE)), 1), 'gzip', 'RESOURCE_EXHAUSTED'],
  ])('refuses %s for good', async (_what, bytes, encoding, code) => {
    const { body } = setUp();
    const read = async (): Promise<unknown> => {
      body.push(bytes);
      return body.finish(encoding);
    };
    await expect(read()).rejects.toMatchObject({ code, retryable: false });
  });

  it.each([
    ['as they arrive', framed(Buffer.alloc(MEBIBYTE / 2)), 'identity'],
    ['as they are decompressed', framed(gzipSync(Buffer.alloc(MEBIBYTE / 2)), 1), 'gzip'],
  ])('asks to come back when others leave no room for bytes %s', async (_when, bytes, encoding) => {
    const { body, budget, holding } = setUp(MEBIBYTE, MEBIBYTE);
    const other = new Holding([budget]);
    expect(other.take((3 / 4) * MEBIBYTE)).toBe(true);
    const read = async (): Promise<unknown> => {
      body.push(bytes);
      return body.finish(encoding);
    };
    await expect(read()).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMillis: 700,
      retryable: true,
    });
    holding.giveBack();
    other.giveBack();
    expect(budget.inUseBytes).toBe(0);
  });

  it('is refused for good when it would not fit even alone: to come back would be for ever', async () => {
    const { body, budget, holding } = setUp(MEBIBYTE, MEBIBYTE / 4);
    body.push(framed(gzipSync(Buffer.alloc(MEBIBYTE / 2)), 1));
    await expect(body.finish('gzip')).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryable: false });
    holding.giveBack();
    expect(budget.inUseBytes).toBe(0);
  });

  it('pays for small chunks what they cost', () => {
    const { body, budget } = setUp();
    body.push(framed(Buffer.alloc(1000)).subarray(0, 5));
    for (let index = 0; index < 100; index += 1) body.push(Buffer.alloc(1));
    expect(budget.inUseBytes).toBeGreaterThan(100 * 200);
    body.discard();
    expect(budget.inUseBytes).toBe(0);
  });
});

describe('Holding', () => {
  it('takes from all budgets or from none', () => {
    const [wide, narrow] = [new ByteBudget(100), new ByteBudget(10)];
    const holding = new Holding([wide, narrow]);
    expect(holding.take(11)).toBe(false);
    expect(holding.take(10)).toBe(true);
    expect([wide.inUseBytes, narrow.inUseBytes]).toEqual([10, 10]);
  });
});
