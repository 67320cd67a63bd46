import { encodeBytesField, encodeVarintField } from '@trace/otlp';
import { type SliceSteps, forwardSlices, partBytes } from './forward-slices';

const MEBIBYTE = 1024 * 1024;
const slice = (fill: number, bytes = 10): Buffer => Buffer.alloc(bytes, fill);

function recorder(answer: (part: Buffer) => Promise<Buffer>): { steps: SliceSteps; done: string[] } {
  const done: string[] = [];
  const steps: SliceSteps = {
    nextTurn: () => Promise.resolve(void done.push('turn')),
    onSlice: ({ length }) => void done.push(`slice ${length}`),
    onEnd: () => void done.push('end'),
    forward: (part) => {
      done.push(`forward ${part.toString('hex')}`);
      return answer(part);
    },
  };
  return { steps, done };
}

describe('forwardSlices', () => {
  it('puts slices together to parts, and waits for each before it has more made', async () => {
    const { steps, done } = recorder(() => Promise.resolve(Buffer.alloc(0)));
    await forwardSlices([slice(1, 2), slice(2, 2), slice(3, 2)], 4, steps);
    expect(done).toEqual([
      ...['turn', 'slice 2', 'turn', 'slice 2', 'turn', 'slice 2', 'forward 01010202'],
      ...['turn', 'end', 'forward 0303'],
    ]);
  });

  it('sends a slice that is over the limit by itself', async () => {
    const { steps, done } = recorder(() => Promise.resolve(Buffer.alloc(0)));
    await forwardSlices([slice(1, 1), slice(2, 3), slice(3, 1)], 2, steps);
    expect(done.filter((step) => step.startsWith('forward'))).toEqual([
      'forward 01',
      'forward 020202',
      'forward 03',
    ]);
  });

  it('answers what the downstream answered to all parts', async () => {
    const partial = encodeBytesField(1, Buffer.concat([encodeVarintField(1, 2), encodeBytesField(2, 'old')]));
    const { steps } = recorder((part) => Promise.resolve(part[0] === 2 ? partial : Buffer.alloc(0)));
    expect(await forwardSlices([slice(1), slice(2), slice(3)], 10, steps)).toEqual(partial);
    expect(await forwardSlices([slice(1), slice(2)], 20, steps)).toHaveLength(0);
  });

  it('stops at the first part that is refused', async () => {
    const { steps, done } = recorder(() => Promise.reject(new Error('no')));
    await expect(forwardSlices([slice(1), slice(2), slice(3)], 10, steps)).rejects.toThrow('no');
    expect(done.filter((step) => step.startsWith('slice'))).toHaveLength(2);
  });

  it('holds in a part twice what came, or 1 MiB', () => {
    expect([partBytes(10), partBytes(3 * MEBIBYTE)]).toEqual([MEBIBYTE, 6 * MEBIBYTE]);
  });
});
