import { readAlert, readNotification } from './documents';
import { ALERT, notification } from './durable-state.contract';

const withGroupKey = (groupKey: unknown): string => JSON.stringify({ ...ALERT, groupKey });

describe('readAlert', () => {
  it.each([
    ['values, and one that is absent', '["users",null]'],
    ['no values', '[]'],
    ['labels of a series', '[["job","api"],["pod","a"]]'],
  ])('reads one whose group key has %s', (_what, groupKey) => {
    expect(readAlert(withGroupKey(groupKey))).toEqual({ ...ALERT, groupKey });
  });

  // Whoever asked for the labels of such a group would throw, when half of what is stored is restored.
  it.each([
    '',
    'users',
    'null',
    '7',
    '{}',
    '"users"',
    '[7]',
    '[["job"]]',
    '[["job",7]]',
    '[{}]',
    '["users",["a","b"]]',
  ])('refuses one whose group key is %j', (groupKey) => {
    expect(() => readAlert(withGroupKey(groupKey))).toThrow();
  });

  it.each(['', '{', '{}', 'null', JSON.stringify({ ...ALERT, labels: { alertname: 7 } })])(
    'refuses %j',
    (document) => {
      expect(() => readAlert(document)).toThrow();
    },
  );
});

describe('readNotification', () => {
  it('reads what was written', () => {
    const written = notification(7, 'pending');
    expect(readNotification(JSON.stringify(written))).toEqual(written);
  });

  it.each(['', '{', '{}', 'null', JSON.stringify({ ...notification(7, 'pending'), id: 1.5 })])(
    'refuses %j',
    (document) => {
      expect(() => readNotification(document)).toThrow();
    },
  );
});
