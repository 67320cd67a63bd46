import { Statistics } from './statistics';

describe('Statistics', () => {
  let nowMillis = 0;
  let statistics: Statistics;

  beforeEach(() => {
    nowMillis = 1_000_000_500;
    statistics = new Statistics(() => nowMillis);
  });

  it('has the rate since the start at first', () => {
    for (let i = 0; i < 50; i++) statistics.succeeded();
    statistics.errored();
    nowMillis += 10_000;
    expect(statistics.read()).toEqual({
      processed_messages: 50,
      error_messages: 1,
      uptime_seconds: 10,
      processing_rate_per_second: 5,
    });
  });

  it('has the rate of the last minute later, and the sums of all time', () => {
    for (let second = 0; second < 600; second++) {
      for (let i = 0; i < (second < 500 ? 7 : 2); i++) statistics.succeeded();
      nowMillis += 1000;
    }
    const { processed_messages, processing_rate_per_second } = statistics.read();
    expect(processed_messages).toBe(3700);
    expect(processing_rate_per_second).toBeCloseTo((59 * 2) / 60);
    nowMillis += 60_000;
    expect(statistics.read().processing_rate_per_second).toBe(0);
  });
});
