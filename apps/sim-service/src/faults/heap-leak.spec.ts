import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { faultSchema } from './fault';
import { FaultState } from './fault-state';
import { HeapLeak, MAX_LEAK_BYTES } from './heap-leak';

const MEBIBYTE = 1024 * 1024;

/** Of what is alive only: what others have left behind must not be freed between two looks. */
function liveHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('HeapLeak', () => {
  let state: FaultState;

  beforeEach(() => {
    jest.useFakeTimers();
    state = new FaultState(Date.now, () => 0);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const leaking = (maxBytes?: number): HeapLeak => {
    const leak = new HeapLeak(state, maxBytes);
    state.set(faultSchema.parse({ leakBytesPerSecond: 8 * MEBIBYTE, durationSeconds: 10 }));
    leak.follow();
    return leak;
  };

  it('keeps as much of the heap as was asked for, and frees it when the fault has ended', () => {
    const before = liveHeapBytes();
    const leak = leaking();
    jest.advanceTimersByTime(5000);
    expect(leak.keptBytes).toBe(40 * MEBIBYTE);
    expect(liveHeapBytes() - before).toBeGreaterThan(36 * MEBIBYTE);
    jest.advanceTimersByTime(5000);
    expect(leak.keptBytes).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps no more than its limit, and holds that', () => {
    const leak = leaking(20 * MEBIBYTE);
    jest.advanceTimersByTime(3000);
    expect(leak.keptBytes).toBe(20 * MEBIBYTE);
    jest.advanceTimersByTime(6000);
    expect(leak.keptBytes).toBe(20 * MEBIBYTE);
    expect(MAX_LEAK_BYTES).toBe(256 * MEBIBYTE);
  });

  it('adds up what several faults ask for', () => {
    const leak = leaking();
    state.set(faultSchema.parse({ route: '/other', leakBytesPerSecond: MEBIBYTE, durationSeconds: 10 }));
    leak.follow();
    jest.advanceTimersByTime(1000);
    expect(leak.keptBytes).toBe(9 * MEBIBYTE);
  });

  it.each([
    [
      'the faults are cleared',
      (leak: HeapLeak): void => {
        state.clear();
        leak.follow();
      },
    ],
    [
      'the role shuts down',
      (leak: HeapLeak): void => {
        leak.onApplicationShutdown();
      },
    ],
  ])('frees it when %s', (_when, end) => {
    const leak = leaking();
    jest.advanceTimersByTime(1000);
    expect(leak.keptBytes).toBe(8 * MEBIBYTE);
    end(leak);
    expect(leak.keptBytes).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps nothing for faults that do not ask for it', () => {
    const leak = new HeapLeak(state);
    state.set(faultSchema.parse({ latencyMillis: 5 }));
    leak.follow();
    expect(jest.getTimerCount()).toBe(0);
  });
});
