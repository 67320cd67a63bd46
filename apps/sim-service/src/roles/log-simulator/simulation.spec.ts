import { seededRandom } from '../../faults/random';
import type { AccessLine } from './access-line';
import type { LineSink, SinkEvents } from './line-sink';
import { Simulation } from './simulation';
import { newSimulation } from './simulation.schema';

class ManualSink implements LineSink {
  readonly lines: AccessLine[] = [];
  #done: () => void = () => undefined;

  constructor(readonly events: SinkEvents) {}

  put(lines: readonly AccessLine[]): void {
    this.lines.push(...lines);
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  finish(): void {
    this.#done();
  }
}

describe('a simulation', () => {
  let sinks: ManualSink[];
  let simulation: Simulation;
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
    sinks = [];
    simulation = new Simulation({
      sinkFor: (_settings, events) => {
        const sink = new ManualSink(events);
        sinks.push(sink);
        return sink;
      },
      random: seededRandom(7),
      nowEpochMillis: Date.now,
    });
  });
  afterEach(() => jest.useRealTimers());

  const start = (settings: object): boolean => simulation.start(newSimulation.parse(settings));

  it.each([1, 333, 50_000])('makes %d lines a second, and ends by itself', async (lines_per_second) => {
    expect(start({ lines_per_second, duration_seconds: 5 })).toBe(true);
    await jest.advanceTimersByTimeAsync(4000);
    expect(simulation.state.running).toBe(true);
    expect(simulation.state.lines_made).toBeGreaterThanOrEqual(lines_per_second * 3.9 - 1);
    await jest.advanceTimersByTimeAsync(1000);
    const { running, lines_made, made_by_operation, series } = simulation.state;
    expect([running, lines_made]).toEqual([false, lines_per_second * 5]);
    const total = (counts: typeof made_by_operation): number =>
      Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(total(made_by_operation)).toBe(lines_made);
    expect(series.reduce((sum, { made }) => sum + total(made), 0)).toBe(lines_made);
    expect(sinks[0]?.lines).toHaveLength(lines_made);
  });

  it('says of every line what became of it', async () => {
    start({ lines_per_second: 100, duration_seconds: 1 });
    await jest.advanceTimersByTimeAsync(1000);
    sinks[0]?.events.onDelivered(60);
    sinks[0]?.events.onDropped(30, 'refused');
    sinks[0]?.events.onDropped(5, 'queue_full');
    expect(simulation.state).toMatchObject({
      lines_made: 100,
      lines_delivered: 60,
      lines_dropped: { queue_full: 5, refused: 30, file: 0 },
      lines_waiting: 5,
    });
    expect(simulation.state.last_lines).toEqual(sinks[0]?.lines.slice(-20).map(({ text }) => text));
  });

  it('is one at a time, and starts from nothing', async () => {
    start({ lines_per_second: 10, duration_seconds: 100 });
    await jest.advanceTimersByTimeAsync(1000);
    expect(start({})).toBe(false);
    const stopped = simulation.stop();
    await jest.advanceTimersByTimeAsync(0);
    sinks[0]?.finish();
    await stopped;
    expect(simulation.state).toMatchObject({ running: false, ends_at: '2026-01-01T00:00:01.000Z' });
    expect(start({ lines_per_second: 20, duration_seconds: 1 })).toBe(true);
    await jest.advanceTimersByTimeAsync(500);
    expect(simulation.state.lines_made).toBe(10);
  });

  it('makes up for a pause of the process, but not for a long one', async () => {
    start({ lines_per_second: 100, duration_seconds: 100 });
    await jest.advanceTimersByTimeAsync(100);
    const before = simulation.state.lines_made;
    // A suspended machine: the clock goes on, the timers have not.
    jest.setSystemTime(Date.now() + 60_000);
    await jest.advanceTimersByTimeAsync(20);
    expect(simulation.state.lines_made - before).toBeLessThanOrEqual(102);
  });
});
