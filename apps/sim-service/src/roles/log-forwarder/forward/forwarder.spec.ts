import { Forwarder } from './forwarder';
import type { HeldMessage } from './held-message';
import type { Outcome } from './outcome';

const ACCEPTED: Outcome = { kind: 'accepted', rejectedRecords: 0, detail: '' };
const REFUSED: Outcome = { kind: 'rejected', reason: '400', detail: '400 bad' };
const away = (retryAfterMillis?: number): Outcome => ({
  kind: 'retryable',
  reason: '503',
  detail: '503 busy',
  retryAfterMillis,
});

describe('the forwarder', () => {
  /** What became of each message, by its text. */
  let fates: string[];
  /** The bodies, each with when it was sent. */
  let posts: string[];
  let counted: string[];
  let answers: (body: string) => Outcome;
  let stopping: AbortController;
  let startedAt: number;

  beforeEach(() => {
    jest.useFakeTimers();
    [fates, posts, counted] = [[], [], []];
    answers = () => ACCEPTED;
    stopping = new AbortController();
    startedAt = Date.now();
  });
  afterEach(() => jest.useRealTimers());

  const message = (text: string, records = 1): HeldMessage => ({
    data: Buffer.from(text),
    records,
    ack: () => fates.push(`${text} ack`),
    term: (reason) => fates.push(`${text} term ${reason}`),
    release: () => fates.push(`${text} release`),
  });
  const forward = (messages: HeldMessage[], giveUpAfterMillis = Infinity): Promise<string | undefined> =>
    new Forwarder({
      post: (body) => {
        const text = Buffer.from(body).toString();
        posts.push(`${Date.now() - startedAt} ${text}`);
        return Promise.resolve(answers(text));
      },
      events: {
        onForwarded: (records) => counted.push(`forwarded ${records}`),
        onRetry: (reason) => counted.push(`retry ${reason}`),
        onDropped: (records, reason) => counted.push(`dropped ${records} ${reason}`),
      },
      maxRetryDelayMillis: 300,
      giveUpAfterMillis,
      signal: stopping.signal,
    }).forward(messages);

  it('sends messages as one request, and acknowledges them after the Collector has', async () => {
    answers = () => {
      expect(fates).toEqual([]);
      return ACCEPTED;
    };
    await forward([message('a', 2), message('b', 3)]);
    expect(posts).toEqual(['0 ab']);
    expect(fates).toEqual(['a ack', 'b ack']);
    expect(counted).toEqual(['forwarded 5']);
  });

  it('tries again with waits that grow, and settles nothing meanwhile', async () => {
    answers = () => (posts.length < 5 ? away() : ACCEPTED);
    const done = forward([message('a')]);
    for (let millis = 0; millis < 900; millis += 10) {
      expect(fates).toEqual([]);
      await jest.advanceTimersByTimeAsync(10);
    }
    await done;
    expect(posts).toEqual(['0 a', '100 a', '300 a', '600 a', '900 a']);
    expect(fates).toEqual(['a ack']);
    expect(counted).toEqual(['retry 503', 'retry 503', 'retry 503', 'retry 503', 'forwarded 1']);
  });

  it('waits for as long as the Collector asks for', async () => {
    answers = () => (posts.length === 1 ? away(7000) : ACCEPTED);
    const done = forward([message('a')]);
    await jest.advanceTimersByTimeAsync(7000);
    await done;
    expect(posts).toEqual(['0 a', '7000 a']);
  });

  it('sends what is refused message by message, so that only the bad one is ended', async () => {
    answers = (body) => (body.includes('b') ? REFUSED : ACCEPTED);
    await forward([message('a'), message('b', 4), message('c')]);
    expect(posts.map((post) => post.split(' ')[1])).toEqual(['abc', 'a', 'b', 'c']);
    expect(fates).toEqual(['a ack', 'b term the Collector refuses it: 400 bad', 'c ack']);
    expect(counted).toEqual(['forwarded 1', 'dropped 4 400', 'forwarded 1']);
  });

  it('does not send again what was accepted in part', async () => {
    answers = () => ({ kind: 'accepted', rejectedRecords: 2, detail: 'too old' });
    await forward([message('a', 5)]);
    expect(fates).toEqual(['a ack']);
    expect(counted).toEqual(['dropped 2 partial_success', 'forwarded 3']);
  });

  it('releases what is not settled when it is stopped', async () => {
    answers = (body) => (body === 'ab' ? REFUSED : away());
    const done = forward([message('a'), message('b')]);
    await jest.advanceTimersByTimeAsync(50);
    stopping.abort();
    expect(await done).toBe('stopped');
    expect(fates).toEqual(['a release', 'b release']);
  });

  it('gives up when it may not try for ever', async () => {
    answers = () => away();
    const done = forward([message('a')], 1000);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await done).toBe('the Collector is away: 503 busy');
    expect(fates).toEqual(['a release']);
  });
});
