import { encodeBytesField, encodeVarintField } from '../wire/encode';
import { mergeResponses } from './merge-responses';

const partial = (rejected: number, message: string): Buffer =>
  encodeBytesField(1, Buffer.concat([encodeVarintField(1, rejected), encodeBytesField(2, message)]));

describe('mergeResponses', () => {
  it('is a full success when all parts are', () => {
    expect(mergeResponses([Buffer.alloc(0), Buffer.alloc(0)])).toHaveLength(0);
  });

  it('adds up what was rejected, and says each reason once', () => {
    expect(
      mergeResponses([partial(3, 'too old'), Buffer.alloc(0), partial(2, 'too old'), partial(1, 'too long')]),
    ).toEqual(partial(6, 'too old; too long'));
  });

  it('takes an answer that cannot be read, which came with OK, as full success', () => {
    const damaged = partial(3, 'too old').subarray(0, -1);
    expect(mergeResponses([damaged, partial(1, 'too long'), Buffer.from([0x0a, 0x05])])).toEqual(
      partial(1, 'too long'),
    );
  });
});
