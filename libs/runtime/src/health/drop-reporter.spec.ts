import { Writable } from 'node:stream';
import { Counter, Registry } from 'prom-client';
import { createLogger } from '../program/logger';
import { DropReporter } from './drop-reporter';

describe('DropReporter', () => {
  it('counts every drop and logs a summary once an interval', async () => {
    jest.useFakeTimers();
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(chunk.toString());
        done();
      },
    });
    const counter = new Counter({
      name: 'dropped_total',
      help: 'x',
      labelNames: ['reason'],
      registers: [new Registry()],
    });
    const drops = new DropReporter(createLogger('test', 'info', sink), counter, 'dropped', 1000);
    drops.drop('queue_full', 5);
    drops.drop('queue_full');
    drops.drop('too_old');
    expect(lines).toHaveLength(0);
    jest.advanceTimersByTime(1000);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ dropped: { queue_full: 6, too_old: 1 } });
    jest.advanceTimersByTime(5000);
    expect(lines).toHaveLength(1);
    drops.drop('too_old');
    drops.stop();
    expect(lines).toHaveLength(2);
    expect((await counter.get()).values.map((v) => [v.labels.reason, v.value])).toEqual([
      ['queue_full', 6],
      ['too_old', 2],
    ]);
    jest.useRealTimers();
  });
});
