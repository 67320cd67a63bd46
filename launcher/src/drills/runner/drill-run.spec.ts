import { setImmediate } from 'node:timers/promises';

import { ManualClock } from '../../testing/manual-clock.ts';
import { drillOf, FakeAlerts } from '../../testing/fake-drill.ts';
import { DrillRun } from './drill-run.ts';

describe('a drill’s run', () => {
  let clock: ManualClock;
  let stop: AbortController;
  let shown: string[];
  let run: DrillRun;

  beforeEach(() => {
    clock = new ManualClock();
    stop = new AbortController();
    shown = [];
    run = new DrillRun(drillOf({ durationSeconds: 10 }), {
      home: '',
      environment: {},
      clock,
      alerts: new FakeAlerts(),
      stop: stop.signal,
      show: (_phase, detail) => shown.push(detail),
      say: () => undefined,
    });
  });

  it('undoes the last first, goes on after a failure, and says what could not be undone', async () => {
    const done: string[] = [];
    const step = (name: string, failure?: string): void => {
      run.cleanUp(name, () => {
        done.push(name);
        return failure === undefined ? Promise.resolve() : Promise.reject(new Error(failure));
      });
    };
    step('first');
    step('second', 'no answer');
    step('third');
    expect(await run.end()).toEqual(['second: no answer']);
    expect(done).toEqual(['third', 'second', 'first']);
    expect(shown).toEqual(done);
  });

  it('gives each of it a minute', async () => {
    run.cleanUp('hangs', () => new Promise(() => undefined));
    const problems = run.end();
    await setImmediate();
    clock.advance(59_999);
    await setImmediate();
    expect(clock.waits).toEqual([60_000]);
    clock.advance(1);
    expect(await problems).toEqual(['hangs: not within 60 s']);
  });

  it('repeats until its time is over', async () => {
    let times = 0;
    run.repeat(1_000, () => {
      times += 1;
      return Promise.resolve();
    });
    void run.endInTime();
    for (let second = 0; second < 30; second += 1) {
      await setImmediate();
      clock.advance(1_000);
    }
    expect(times).toBe(10);
    expect(run.over.aborted).toBe(true);
    expect(run.problem).toBeUndefined();
  });

  it('does not begin anew after Ctrl-C', async () => {
    let times = 0;
    run.repeat(1_000, () => {
      times += 1;
      return Promise.resolve();
    });
    stop.abort();
    await run.end();
    expect(times).toBe(1);
  });

  it('keeps the first reason why the fault could not be kept up', async () => {
    run.repeat(1_000, () => Promise.reject(new Error('the table is gone')));
    await setImmediate();
    await run.end();
    expect(run.problem).toBe('the table is gone');
  });

  it('waits at the end for what is still being done', async () => {
    let finish: () => void = () => undefined;
    const order: string[] = [];
    run.cleanUp('closes', () => {
      order.push('closed');
      return Promise.resolve();
    });
    run.repeat(1_000, async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('repeated');
    });
    const ended = run.end();
    await setImmediate();
    finish();
    await ended;
    expect(order).toEqual(['repeated', 'closed']);
  });
});
