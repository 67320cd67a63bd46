import { FailureReporter } from './failure-reporter';

describe('FailureReporter', () => {
  const lines: string[] = [];
  const failures = (index: number): Record<string, number> =>
    (JSON.parse(lines[index]!) as { failures: Record<string, number> }).failures;

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
  });
  afterEach(() => jest.useRealTimers());

  it('writes one line a minute, whatever comes', () => {
    const reporter = new FailureReporter((line) => lines.push(line));
    const refused = Object.assign(new Error(''), { name: 'AggregateError', code: 'ECONNREFUSED' });
    reporter.exportFailed(refused);
    reporter.exportFailed(refused);
    reporter.warn('queue is full');
    expect(lines).toHaveLength(0);
    jest.advanceTimersByTime(1000);
    expect(failures(0)).toEqual({ 'AggregateError ECONNREFUSED': 2, 'queue is full': 1 });
    for (let second = 0; second < 59; second++) {
      reporter.exportFailed(refused);
      jest.advanceTimersByTime(1000);
    }
    expect(lines).toHaveLength(1);
    jest.advanceTimersByTime(1000);
    expect(failures(1)).toEqual({ 'AggregateError ECONNREFUSED': 59 });
    jest.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(2);
  });

  it('is bounded when no two failures are alike', () => {
    const reporter = new FailureReporter((line) => lines.push(line));
    for (let i = 0; i < 1000; i++) reporter.error(`failure ${i} ${'x'.repeat(10_000)}`);
    reporter.stop();
    expect(Object.keys(failures(0))).toHaveLength(21);
    expect(failures(0).others).toBe(980);
    expect(lines[0]!.length).toBeLessThan(7000);
  });
});
