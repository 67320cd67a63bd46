import { EventEmitter } from 'node:events';
import { flushOnExit } from './flush-on-exit';

class FakeProcess extends EventEmitter {
  readonly pid = 7;
  readonly log: string[] = [];

  kill(pid: number, signal: string): void {
    this.log.push(`kill ${pid} ${signal}`);
  }

  exit(): void {
    this.log.push('exit');
  }
}

describe('flushOnExit', () => {
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('flushes and raises the signal again when nobody else listens', async () => {
    const process = new FakeProcess();
    flushOnExit(process, () => Promise.resolve(void process.log.push('flush')));
    process.emit('SIGTERM');
    await settle();
    expect(process.log).toEqual(['flush', 'kill 7 SIGTERM']);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  it('leaves a signal to those who listen for it', async () => {
    const process = new FakeProcess();
    flushOnExit(process, () => Promise.resolve(void process.log.push('flush')));
    process.on('SIGINT', () => process.log.push('theirs'));
    process.emit('SIGINT');
    await settle();
    expect(process.log).toEqual(['theirs']);
  });

  it('flushes when there is nothing left to do, unless a signal came meanwhile', async () => {
    const process = new FakeProcess();
    flushOnExit(process, () => Promise.resolve());
    process.emit('beforeExit');
    await settle();
    expect(process.log).toEqual(['exit']);

    const signalled = new FakeProcess();
    flushOnExit(signalled, () => Promise.resolve());
    signalled.emit('beforeExit');
    signalled.emit('SIGTERM');
    await settle();
    expect(signalled.log).toEqual(['kill 7 SIGTERM']);
  });
});
