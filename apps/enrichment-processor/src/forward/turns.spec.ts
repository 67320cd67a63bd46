import { Turns } from './turns';

describe('Turns', () => {
  it('lets one go on in each round of the event loop', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let turn = 0; turn < 2; turn += 1) {
        await turns.next();
        order.push(name);
      }
    };
    const both = Promise.all([work('a'), work('b')]);
    for (let round = 0; round < 8; round += 1) {
      const before = order.length;
      await new Promise(setImmediate);
      expect(order.length - before).toBeLessThanOrEqual(1);
    }
    await both;
    expect(order).toEqual(['a', 'b', 'a', 'b']);
  });
});
