import type { Notification } from '../notify/notification';
import type { Alert } from './alert';
import type { DurableState, Snapshot, StateOwner } from './durable-state';

export const ALERT: Alert = {
  fingerprint: 'f1',
  ruleId: 'r',
  groupKey: '["users"]',
  labels: { alertname: 'A' },
  annotations: {},
  state: 'firing',
  value: 1.5,
  service: { owner: 'o' },
  traceIds: ['t'],
  activeAtMillis: 1,
  firedAtMillis: 2,
  eventTimeMillis: 0.5,
  receivedAtMillis: 1,
};

export function notification(id: number, outcome: Notification['outcome']): Notification {
  return {
    id,
    receiver: 'r',
    groupKey: 'g',
    alerts: [],
    body: '{}',
    createdAtEpochMillis: id,
    outcome,
    attempts: 0,
  };
}

/** A program that remembers what it was given. */
export class Memory implements StateOwner {
  readonly restored: Snapshot[] = [];
  written = 0;
  errors = 0;

  constructor(public now: Snapshot = { alerts: [], notifications: [] }) {}

  restore(snapshot: Snapshot): void {
    this.restored.push(snapshot);
    const { alerts, notifications } = this.now;
    const isNew = (alert: Alert): boolean => alerts.every(({ groupKey }) => groupKey !== alert.groupKey);
    this.now = {
      alerts: [...alerts, ...snapshot.alerts.filter(isNew)],
      notifications: [...snapshot.notifications, ...notifications],
    };
  }

  snapshot(): Snapshot {
    return this.now;
  }

  onWritten(): void {
    this.written += 1;
  }

  onWriteError(): void {
    this.errors += 1;
  }
}

/** A state for this program, at a place where others of the same test were before. Keeps 2 finished notifications. */
export type OpenState = (memory: Memory) => DurableState;

/** What every state does. `newPlace` makes a place that is empty; run inside of a describe. */
export function itIsADurableState(newPlace: () => OpenState | Promise<OpenState>): void {
  let open: OpenState;
  const states: DurableState[] = [];
  const started = async (memory = new Memory()): Promise<{ state: DurableState; memory: Memory }> => {
    const state = open(memory);
    states.push(state);
    await state.start();
    return { state, memory };
  };
  const restored = async (): Promise<Snapshot | undefined> => (await started()).memory.restored[0];
  /** Whatever was written before is stored. */
  const settled = async (state: DurableState): Promise<void> => {
    expect(await state.probe()).toBeUndefined();
  };

  beforeEach(async () => {
    open = await newPlace();
  });
  afterEach(async () => {
    for (const state of states.splice(0)) await state.close();
  });

  it('begins with nothing, and is stored', async () => {
    const { state, memory } = await started();
    expect(memory.restored).toEqual([{ alerts: [], notifications: [] }]);
    expect([state.isBehind, state.standing, await state.probe()]).toEqual([false, 'stored', undefined]);
    expect(memory.errors).toBe(0);
  });

  it('gives back after a kill what was written, and forgets finished notifications past the limit', async () => {
    const { state, memory } = await started();
    state.write({ upserts: [ALERT, { ...ALERT, fingerprint: 'f2' }], ended: [], notifications: [] });
    await settled(state);
    state.write({
      upserts: [{ ...ALERT, value: 2 }],
      ended: ['f2'],
      notifications: [notification(1, 'pending'), ...[2, 3, 4, 5].map((id) => notification(id, 'delivered'))],
    });
    await settled(state);
    expect(memory.written).toBe(2);
    // Not closed: what was committed has to be there after a kill too.
    expect(await restored()).toEqual({
      alerts: [{ ...ALERT, value: 2 }],
      notifications: [notification(1, 'pending'), notification(4, 'delivered'), notification(5, 'delivered')],
    });
  });

  it('keeps the newest of what changes again and again', async () => {
    const { state } = await started();
    for (let value = 1; value <= 50; value += 1) {
      state.write({ upserts: [{ ...ALERT, value }], ended: [], notifications: [notification(1, 'pending')] });
      state.write({ upserts: [], ended: ['f1'], notifications: [notification(1, 'delivered')] });
    }
    state.write({ upserts: [{ ...ALERT, value: 51 }], ended: ['f1'], notifications: [] });
    await settled(state);
    expect(await restored()).toEqual({
      alerts: [{ ...ALERT, value: 51 }],
      notifications: [notification(1, 'delivered')],
    });
  });

  it('gives back notifications in the order of their ids', async () => {
    const { state } = await started();
    // In text, 9 comes after 10; and an id is the time in milliseconds.
    const ids = [9, 10, 1_700_000_000_000, 1_700_000_000_001];
    const notifications = ids.map((id) => notification(id, 'pending'));
    state.write({ upserts: [], ended: [], notifications: [...notifications].reverse() });
    await settled(state);
    expect((await restored())?.notifications).toEqual(notifications);
  });

  it('gives back any text and any number', async () => {
    const { state } = await started();
    const texts = ['', 'a\0b', '"\\\'{}NULL,', 'é 漢 😀', '\ud800', 'line\nline\r\t', '$1; --'];
    const alert: Alert = {
      ...ALERT,
      labels: { alertname: 'A', ...Object.fromEntries(texts.map((text, index) => [`l${index}`, text])) },
      traceIds: texts,
      value: 1e-300,
      activeAtMillis: 1_700_000_000_000.123,
    };
    state.write({
      upserts: [alert],
      ended: [],
      notifications: [{ ...notification(1, 'pending'), body: texts.join() }],
    });
    await settled(state);
    expect(await restored()).toEqual({
      alerts: [alert],
      notifications: [{ ...notification(1, 'pending'), body: texts.join() }],
    });
  });

  it('has one of two alerts with the same labels', async () => {
    const twins = [ALERT, { ...ALERT, ruleId: 'other' }];
    const { state } = await started(new Memory({ alerts: twins, notifications: [] }));
    state.write({ upserts: twins, ended: [], notifications: [] });
    await settled(state);
    expect((await restored())?.alerts).toEqual(twins.slice(1));
  });

  it('has what was written last when it is closed', async () => {
    const { state } = await started();
    state.write({ upserts: [ALERT], ended: [], notifications: [] });
    await state.close();
    expect((await restored())?.alerts).toEqual([ALERT]);
  });

  it('keeps thousands of alerts and notifications', async () => {
    const { state, memory } = await started();
    const alerts = Array.from({ length: 4000 }, (_, index) => ({ ...ALERT, fingerprint: `f${index}` }));
    const notifications = alerts.map((_, index) => notification(index + 1, 'pending'));
    memory.now = { alerts, notifications };
    state.write({ upserts: alerts, ended: [], notifications });
    await settled(state);
    const stored = await restored();
    expect(new Set(stored?.alerts.map(({ fingerprint }) => fingerprint)).size).toBe(4000);
    expect(stored?.notifications).toEqual(notifications);
  });
}
