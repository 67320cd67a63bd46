import { failureOf } from './outcome';

const NOW = Date.parse('2026-01-31T12:00:00Z');

describe('what the Collector has answered', () => {
  it.each([429, 502, 503, 504])('%i may be tried again', (status) => {
    expect(failureOf(status, 'x', null, NOW)).toEqual({
      kind: 'retryable',
      reason: String(status),
      detail: 'x',
      retryAfterMillis: undefined,
    });
  });

  it.each([400, 401, 403, 404, 408, 413, 415, 500, 501])('%i is final', (status) => {
    expect(failureOf(status, 'x', '5', NOW)).toEqual({
      kind: 'rejected',
      reason: String(status),
      detail: 'x',
    });
  });

  it.each([
    ['7', 7000],
    ['0', 0],
    ['Sat, 31 Jan 2026 12:00:30 GMT', 30_000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['86400', 300_000],
    ['soon', undefined],
  ])('Retry-After: %s', (text, retryAfterMillis) => {
    expect(failureOf(503, 'x', text, NOW)).toMatchObject({ retryAfterMillis });
  });
});
