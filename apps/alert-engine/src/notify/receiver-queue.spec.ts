import { FakeClock, settle } from '../testing/fake-clock';
import { backOffMillis } from './back-off';
import type { Notification } from './notification';
import { ReceiverQueue, type QueueOptions } from './receiver-queue';
import type { Attempt } from './webhook-sender';

const OPTIONS: QueueOptions = {
  maxQueued: 100,
  maxConcurrent: 2,
  backOff: { initialMillis: 100, maxMillis: 1000 },
  giveUpAfterMillis: 10_000,
};
const delivered: Attempt = { result: 'delivered', reason: 'HTTP 200' };
const unavailable: Attempt = { result: 'retry', reason: 'HTTP 503' };

function setUp(options: Partial<QueueOptions> = {}): {
  queue: ReceiverQueue;
  clock: FakeClock;
  /** Bodies on their way, and the answer to each. */
  sent: { body: string; answer: (attempt: Attempt) => Promise<void> }[];
  done: string[];
  push: (groupKey: string, body: string) => boolean;
} {
  const clock = new FakeClock();
  const sent: ReturnType<typeof setUp>['sent'] = [];
  const done: string[] = [];
  const queue = new ReceiverQueue(
    { ...OPTIONS, ...options },
    (body) =>
      new Promise((resolve) => {
        const answer = (attempt: Attempt): Promise<void> => {
          resolve(attempt);
          return settle();
        };
        sent.push({ body, answer });
      }),
    {
      onRetry: () => undefined,
      onDone: ({ body, attempts }, outcome) => done.push(`${body} ${outcome} after ${attempts}`),
    },
    clock,
    () => 1,
  );
  let id = 0;
  const push = (groupKey: string, body: string): boolean => {
    const rest = { receiver: 'r', alerts: [], outcome: 'pending', attempts: 0 } as const;
    const notification: Notification = {
      id: (id += 1),
      groupKey,
      body,
      createdAtEpochMillis: clock.now(),
      ...rest,
    };
    return queue.push(notification);
  };
  return { queue, clock, sent, done, push };
}

describe('ReceiverQueue', () => {
  it('sends the notifications of one group in their order, and of others meanwhile', async () => {
    const { push, sent, done } = setUp();
    push('a', 'a fires');
    push('a', 'a ends');
    push('b', 'b fires');
    expect(sent.map(({ body }) => body)).toEqual(['a fires', 'b fires']);
    await sent[1]!.answer(delivered);
    expect(sent).toHaveLength(2);
    await sent[0]!.answer(delivered);
    expect(sent.map(({ body }) => body)).toEqual(['a fires', 'b fires', 'a ends']);
    expect(done).toEqual(['b fires delivered after 1', 'a fires delivered after 1']);
  });

  it('keeps to its concurrency; one that waits to be tried again takes none of it', async () => {
    const { push, sent, clock, done } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) push(name, name);
    expect(sent.map(({ body }) => body)).toEqual(['a', 'b']);
    await sent[0]!.answer(unavailable);
    await sent[1]!.answer(unavailable);
    expect(sent.map(({ body }) => body)).toEqual(['a', 'b', 'c', 'd']);
    await sent[2]!.answer(delivered);
    await sent[3]!.answer(delivered);
    await clock.pass(99);
    expect(sent).toHaveLength(4);
    await clock.pass(1);
    expect(sent.slice(4).map(({ body }) => body)).toEqual(['a', 'b']);
    await sent[4]!.answer(delivered);
    expect(done.at(-1)).toBe('a delivered after 2');
  });

  it('does not try again what was refused for good', async () => {
    const { push, sent, clock, done, queue } = setUp();
    push('a', 'a');
    await sent[0]!.answer({ result: 'rejected', reason: 'HTTP 400' });
    await clock.pass(60_000);
    expect([done, sent.length, queue.size]).toEqual([['a rejected after 1'], 1, 0]);
  });

  it('gives up after the configured time, and goes on with the group', async () => {
    const { push, sent, clock, done } = setUp();
    push('a', 'first');
    push('a', 'second');
    for (let tries = 0; sent.at(-1)!.body === 'first'; tries += 1) {
      expect(tries).toBeLessThan(20);
      await sent.at(-1)!.answer(unavailable);
      await clock.pass(1000);
    }
    expect(done).toEqual([expect.stringMatching(/^first gave_up after 1\d$/)]);
  });

  it('waits as long as the receiver asks, within its longest back-off', async () => {
    const { push, sent, clock } = setUp();
    push('a', 'a');
    await sent[0]!.answer({ ...unavailable, retryAfterMillis: 600 });
    await clock.pass(599);
    expect(sent).toHaveLength(1);
    await clock.pass(1);
    expect(sent).toHaveLength(2);
    await sent[1]!.answer({ ...unavailable, retryAfterMillis: 3_600_000 });
    await clock.pass(1000);
    expect(sent).toHaveLength(3);
  });

  it('takes no more than it may hold', async () => {
    const { push, sent } = setUp({ maxQueued: 2 });
    expect([push('a', '1'), push('a', '2'), push('b', '3')]).toEqual([true, true, false]);
    await sent[0]!.answer(delivered);
    expect(push('b', '3')).toBe(true);
  });

  it('drains what is ready, and leaves what waits to be tried again to the next start', async () => {
    const { push, sent, queue, clock } = setUp();
    push('a', 'a');
    push('b', 'b');
    await sent[0]!.answer(unavailable);
    let drained = false;
    const drain = queue.drain().then(() => (drained = true));
    await settle();
    expect(drained).toBe(false);
    await sent[1]!.answer(unavailable);
    await drain;
    await clock.pass(60_000);
    expect(sent).toHaveLength(2);
  });
});

describe('backOffMillis', () => {
  it('doubles up to its longest, half of it by chance', () => {
    const backOff = { initialMillis: 100, maxMillis: 1000 };
    expect([1, 2, 3, 4, 5, 99].map((attempt) => backOffMillis(attempt, backOff, 1))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(backOffMillis(2, backOff, 0)).toBe(100);
  });
});
