import { Dispatcher } from './dispatcher';
import type { Notification, NotifiedAlert } from './notification';

const MAX_FINISHED = 3;

function setUp(): { dispatcher: Dispatcher; sent: string[]; done: string[] } {
  const [sent, done]: [string[], string[]] = [[], []];
  const queue = {
    size: 0,
    push: ({ body }: Notification) => sent.push(body) > 0,
    drain: () => Promise.resolve(),
  };
  const dispatcher = new Dispatcher(new Map([['on-call', queue]]), MAX_FINISHED, {
    onDone: ({ body, outcome }, attempt) => done.push(`${body} ${outcome}: ${attempt?.reason ?? ''}`),
    onQueueFull: () => undefined,
    now: () => 100,
  });
  return { dispatcher, sent, done };
}

function notification(id: number, outcome: Notification['outcome'], ...alertnames: string[]): Notification {
  const alerts = alertnames.map((alertname): NotifiedAlert => {
    return { labels: { alertname }, status: 'firing', eventTimeEpochMillis: 0, receivedAtEpochMillis: 0 };
  });
  const body = `${id} ${alertnames.join()}`.trim();
  const group = { receiver: 'on-call', groupKey: 'g', createdAtEpochMillis: id };
  return { id, ...group, alerts, body, outcome, attempts: 0 };
}

describe('what was stored', () => {
  it('is sent if it is pending', () => {
    const { dispatcher, sent } = setUp();
    dispatcher.restore([notification(1, 'delivered', 'A'), notification(2, 'pending', 'A')]);
    expect(sent).toEqual(['2 A']);
    expect(dispatcher.recent.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('takes its place before what came since, and is forgotten first', () => {
    const { dispatcher } = setUp();
    dispatcher.enqueue([notification(200, 'pending', 'A')]);
    dispatcher.finish(notification(200, 'pending', 'A'), 'delivered', undefined);
    dispatcher.restore([1, 2, 3].map((id) => notification(id, 'delivered', 'A')));
    expect(dispatcher.recent.map(({ id }) => id)).toEqual([2, 3, 200]);
    dispatcher.finish(notification(201, 'pending', 'A'), 'delivered', undefined);
    expect(dispatcher.recent.map(({ id }) => id)).toEqual([3, 200, 201]);
  });

  it('is not sent after something newer of the same alerts, and else it is', () => {
    const { dispatcher, sent, done } = setUp();
    dispatcher.enqueue([notification(200, 'pending', 'A', 'B')]);
    dispatcher.restore([
      notification(1, 'pending', 'A'),
      notification(2, 'pending', 'B', 'A'),
      notification(3, 'pending', 'A', 'C'),
    ]);
    expect(sent).toEqual(['200 A,B', '3 A,C']);
    const reason = 'its receiver has heard something newer meanwhile';
    expect(done).toEqual([`1 A gave_up: ${reason}`, `2 B,A gave_up: ${reason}`]);
  });

  it('is not sent again by being restored a second time', () => {
    const { dispatcher, sent } = setUp();
    const stored = [notification(1, 'pending', 'A')];
    dispatcher.restore(stored);
    dispatcher.restore(stored);
    expect(sent).toEqual(['1 A']);
  });
});
