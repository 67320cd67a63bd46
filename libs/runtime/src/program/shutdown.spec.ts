import { Writable } from 'node:stream';
import { createLogger } from './logger';
import { Shutdown } from './shutdown';

class FakeProcess {
  readonly listeners: Partial<Record<string, () => void>> = {};
  readonly exits: number[] = [];

  on(signal: string, listener: () => void): void {
    this.listeners[signal] = listener;
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

function setUp(): { shutdown: Shutdown; process: FakeProcess; order: string[]; lines: string[] } {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      lines.push(chunk.toString());
      done();
    },
  });
  const process = new FakeProcess();
  const shutdown = new Shutdown(createLogger('test', 'info', sink), process);
  shutdown.install();
  return { shutdown, process, order: [], lines };
}

describe('Shutdown', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('runs the steps in the order they were added, then exits with 0', async () => {
    const { shutdown, process, order } = setUp();
    shutdown.add('stop accepting', () => void order.push('accept'));
    shutdown.add('drain', async () => {
      await Promise.resolve();
      order.push('drain');
    });
    process.listeners.SIGTERM?.();
    await shutdown.run();
    await Promise.resolve();
    expect(order).toEqual(['accept', 'drain']);
    expect(process.exits).toEqual([0]);
  });

  it('goes on past a step that fails, and past one that hangs when its deadline is over', async () => {
    const { shutdown, order, lines } = setUp();
    shutdown.add('fails', () => {
      throw new Error('no');
    });
    shutdown.add('hangs', () => new Promise<void>(() => undefined), 100);
    shutdown.add('last', () => void order.push('last'));
    const done = shutdown.run();
    await jest.advanceTimersByTimeAsync(99);
    expect(order).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await done;
    expect(order).toEqual(['last']);
    expect(lines.join('')).toContain('hangs did not end within 100 ms');
  });

  it('exits at once on a second signal', () => {
    const { shutdown, process } = setUp();
    shutdown.add('hangs', () => new Promise<void>(() => undefined));
    process.listeners.SIGINT?.();
    expect(process.exits).toEqual([]);
    process.listeners.SIGTERM?.();
    expect(process.exits).toEqual([1]);
  });
});
