import { SerialQueue } from './serial-queue';

describe('SerialQueue', () => {
  it('runs one after the other, and of one kind only one waits', async () => {
    const queue = new SerialQueue();
    const order: string[] = [];
    const says = (what: string) => (): Promise<void> => {
      order.push(what);
      return Promise.resolve();
    };
    let end = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const first = queue.once('flush', async () => {
      order.push('first begins');
      await held;
      order.push('first ends');
    });
    await Promise.resolve();
    const second = queue.once('flush', says('second'));
    const retry = queue.once('retry', says('retry'));
    expect(queue.once('flush', says('third'))).toBe(second);
    end();
    await Promise.all([first, second, retry]);
    expect(order).toEqual(['first begins', 'first ends', 'second', 'retry']);
    await queue.once('flush', says('fourth'));
    expect(order.at(-1)).toBe('fourth');
  });
});
