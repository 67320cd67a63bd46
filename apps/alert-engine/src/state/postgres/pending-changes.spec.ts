import { ALERT, notification } from '../durable-state.contract';
import { PendingChanges } from './pending-changes';

const NOTHING = { upserts: [], ended: [], notifications: [] };

describe('PendingChanges', () => {
  it('has nothing before something comes, and after it was taken', () => {
    const pending = new PendingChanges(3);
    expect(pending.take()).toBeUndefined();
    pending.add({ ...NOTHING, ended: ['f1'] });
    expect(pending.take()?.change).toEqual({ ...NOTHING, ended: ['f1'] });
    expect(pending.take()).toBeUndefined();
  });

  it('has the newest of each alert and of each notification', () => {
    const pending = new PendingChanges(3);
    const again = { ...ALERT, value: 2 };
    for (let times = 0; times < 10; times += 1) {
      pending.add({ upserts: [ALERT], ended: ['f2'], notifications: [notification(7, 'pending')] });
      pending.add({ upserts: [again], ended: ['f1'], notifications: [notification(7, 'delivered')] });
    }
    const change = { upserts: [again], ended: ['f2'], notifications: [notification(7, 'delivered')] };
    expect(pending.take()?.change).toEqual(change);
    pending.add({ ...NOTHING, upserts: [ALERT] });
    pending.add({ ...NOTHING, ended: ['f1'] });
    expect(pending.take()?.change).toEqual({ ...NOTHING, ended: ['f1'] });
  });

  it('is everything when there were too many, until it is taken', () => {
    const pending = new PendingChanges(3);
    for (let id = 1; id <= 100; id += 1)
      pending.add({ ...NOTHING, notifications: [notification(id, 'delivered')] });
    expect(pending.take()?.change).toBe('everything');
    pending.add({ ...NOTHING, ended: ['f1', 'f2', 'f3'] });
    expect(pending.take()?.change).toEqual({ ...NOTHING, ended: ['f1', 'f2', 'f3'] });
    pending.add({ ...NOTHING, ended: ['f1', 'f2', 'f3', 'f4'] });
    pending.clear();
    expect(pending.take()).toBeUndefined();
  });

  it('knows when the first of them came', () => {
    const pending = new PendingChanges(1);
    const before = performance.now();
    pending.add({ ...NOTHING, ended: ['f1'] });
    const after = performance.now();
    pending.add({ ...NOTHING, ended: ['f2'] });
    pending.add({ ...NOTHING, ended: ['f3'] });
    const { change, sinceMillis } = pending.take() ?? { change: undefined, sinceMillis: NaN };
    expect(change).toBe('everything');
    expect(sinceMillis).toBeGreaterThanOrEqual(before);
    expect(sinceMillis).toBeLessThanOrEqual(after);
  });
});
