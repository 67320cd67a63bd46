import { PerformanceObserver, constants } from 'node:perf_hooks';
import { YoungGarbage } from './young-garbage';

const MEBIBYTE = 1024 * 1024;

describe('YoungGarbage', () => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('collects once for 8 MiB of copies, and counts anew', async () => {
    const collect = jest.fn();
    const garbage = new YoungGarbage(collect);
    for (let request = 0; request < 2; request += 1) garbage.add(MEBIBYTE);
    await turn();
    expect(collect).not.toHaveBeenCalled();
    for (let request = 0; request < 2; request += 1) garbage.add(MEBIBYTE);
    expect(collect).not.toHaveBeenCalled(); // not on the stack of a request
    await turn();
    expect(collect.mock.calls).toEqual([[{ type: 'minor' }]]);
    garbage.add(MEBIBYTE);
    await turn();
    expect(collect).toHaveBeenCalledTimes(1);
  });

  it('finds the collector without a flag on the command line', async () => {
    const kinds: (number | undefined)[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        kinds.push((entry as { detail?: { kind?: number } }).detail?.kind);
    });
    observer.observe({ entryTypes: ['gc'] });
    const garbage = new YoungGarbage();
    const deadline = Date.now() + 30_000;
    while (!kinds.includes(constants.NODE_PERFORMANCE_GC_MINOR) && Date.now() < deadline) {
      garbage.add(100 * MEBIBYTE);
      await turn();
    }
    observer.disconnect();
    expect(kinds).toContain(constants.NODE_PERFORMANCE_GC_MINOR);
  });
});
