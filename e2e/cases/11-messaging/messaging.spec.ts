import { eventually as sent, OtlpSink, type SentSpan } from '@trace/telemetry/testing';
import { seeded, shuffled } from '../../support/random.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { brokerKinds, BrokerProcess } from '../../support/brokers.ts';
import { OpenApi } from '../../support/openapi.ts';
import { Services } from './services.ts';

/** Another course of events: TRACE_MESSAGING_SEED. */
const SEED = Number(process.env.TRACE_MESSAGING_SEED ?? Date.now() % 100_000);
const MESSAGES_A_KILL = 100;
const PATIENCE = { timeoutMillis: 300_000, intervalMillis: 100 };
const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;
const LEAST_MILLIS: Readonly<Record<string, number>> = { high: 100, normal: 200, low: 500 };

interface DeadLetters {
  readonly dead_letters: readonly { readonly id: string }[];
}

// A broker that could not be had on this machine is left out; the launcher says so.
describe.each(brokerKinds.filter(({ variable }) => process.env[variable] !== undefined))(
  'messages over $system',
  (kind) => {
    let sink: OtlpSink;
    let broker: BrokerProcess;
    let services: Services;
    let producerApi: OpenApi;
    let consumerApi: OpenApi;

    beforeAll(async () => {
      sink = await OtlpSink.listen();
      broker = await BrokerProcess.prepare(kind);
      services = await Services.prepare(sink, broker.url);
    });
    afterAll(async () => {
      await services.close();
      await broker.close();
      await sink.close();
    });

    const idOf = (body: unknown): string => (body as { id: string }).id;
    const spansOf = (traceId: string, count: number): Promise<SentSpan[]> =>
      sent(`${count} spans of ${traceId}`, () => {
        const spans = sink.spans.filter((span) => span.traceId === traceId);
        return spans.length >= count ? spans : undefined;
      });
    const fault = (route: string): Promise<unknown> =>
      services.request('consumer', 'PUT', '/faults', { route, errorRate: 1, durationSeconds: 600 });
    const deadLetters = async (): Promise<DeadLetters['dead_letters']> => {
      const answer = await services.request('consumer', 'GET', '/dead-letters');
      consumerApi.check('get', '/dead-letters', answer);
      return (answer.body as DeadLetters).dead_letters;
    };
    const processedAll = (ids: readonly string[]): Promise<string[]> =>
      eventually(
        `${ids.length} messages are processed`,
        () => {
          const done = services.processed().map(({ id }) => id);
          const known = new Set(done);
          return ids.every((id) => known.has(id)) ? done : undefined;
        },
        PATIENCE,
      );

    it('waits for a broker that is away, and says so once', async () => {
      services.start('producer');
      services.start('consumer');
      for (const role of ['producer', 'consumer'] as const) {
        const { body } = await services.healthy(role, 503);
        expect(body).toMatchObject({
          status: 'error',
          role,
          info: {},
          error: {
            broker: {
              status: 'down',
              state: 'disconnected',
              required: true,
              system: kind.system,
              address: `127.0.0.1:${broker.port}`,
            },
          },
        });
        expect(await services.request(role, 'GET', '/healthz')).toMatchObject({ status: 200 });
      }
      producerApi = new OpenApi((await services.request('producer', 'GET', '/openapi.json')).body);
      consumerApi = new OpenApi((await services.request('consumer', 'GET', '/openapi.json')).body);
      expect(producerApi.version).toBe('3.1.0');
      const answer = await services.request('producer', 'POST', '/send', { content: 'too early' });
      expect(answer).toMatchObject({ status: 503, body: { title: 'Service Unavailable' } });
      producerApi.check('post', '/send', answer);

      await broker.start();
      for (const role of ['producer', 'consumer'] as const) {
        const { body } = await services.healthy(role);
        expect(body).toMatchObject({ status: 'ok', error: {}, details: { broker: { status: 'up' } } });
        const away = services.lines(role).filter(({ msg }) => msg === 'broker is away; waiting for it');
        expect(away).toHaveLength(1);
      }
      producerApi.check('get', '/health', await services.healthy('producer'));
      consumerApi.check('get', '/health', await services.healthy('consumer'));
      producerApi.check('get', '/healthz', await services.request('producer', 'GET', '/healthz'));
      consumerApi.check('get', '/healthz', await services.request('consumer', 'GET', '/healthz'));
    });

    it('serves high before normal before low, each in its time', async () => {
      await services.kill('consumer');
      const ids: string[] = [];
      for (const priority of ['low', 'normal', 'high']) {
        const answer = await services.request('producer', 'POST', '/send-bulk', {
          content: 'backlog',
          count: 25,
          priority,
        });
        producerApi.check('post', '/send-bulk', answer);
        ids.push(...(answer.body as { ids: string[] }).ids);
      }
      services.start('consumer');
      await services.healthy('consumer');
      await processedAll(ids);
      const ours = new Set(ids);
      const spans = await sent('a span of each message', () => {
        const found = sink.spans.filter(
          ({ kind: spanKind, attributes }) =>
            spanKind === CONSUMER && ours.has(String(attributes['messaging.message.id'])),
        );
        return new Set(found.map(messageOf)).size === ids.length ? found : undefined;
      });
      // One that was held up may come again; its first time is what counts.
      const firsts = new Map(
        spans
          .sort(byStart)
          .reverse()
          .map((span) => [messageOf(span), span]),
      );
      // A start is told to the millisecond; within one, either may have been first.
      const rankOf = (span: SentSpan): number => ['high', 'normal', 'low'].indexOf(priorityOf(span));
      const began = [...firsts.values()]
        .sort((a, b) => byStart(a, b) || rankOf(a) - rankOf(b))
        .map(priorityOf);
      expect(began).toEqual(['high', 'normal', 'low'].flatMap((each) => Array<string>(25).fill(each)));
      for (const span of spans) {
        const tookMillis = Number(span.endNanos - span.startNanos) / 1e6;
        expect(tookMillis).toBeGreaterThanOrEqual((LEAST_MILLIS[priorityOf(span)] ?? 0) - 2);
      }
    });

    it('leaves one trace of POST /send', async () => {
      const answer = await services.request('producer', 'POST', '/send', {
        content: 'grüße',
        priority: 'high',
      });
      expect(answer.status).toBe(202);
      producerApi.check('post', '/send', answer);
      const spans = await spansOf(answer.traceId, 3);
      const [server, send, process] = [SERVER, PRODUCER, CONSUMER].map((each) =>
        spans.find((span) => span.kind === each),
      );
      // Nothing beside them: the client library's own instrumentation is off.
      expect(spans).toHaveLength(3);
      const common = {
        'messaging.system': kind.system,
        'messaging.message.id': idOf(answer.body),
        'messaging.message.body.size': 7,
        'server.address': '127.0.0.1',
        'server.port': broker.port,
      };
      expect(server).toMatchObject({ service: 'producer', name: 'POST /send' });
      expect(send).toMatchObject({
        service: 'producer',
        name: `send ${kind.sentTo('high')}`,
        parentSpanId: server?.spanId,
        status: 0,
        attributes: {
          ...common,
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.destination.name': kind.sentTo('high'),
        },
      });
      expect(process).toMatchObject({
        service: 'consumer',
        name: `process ${kind.receivedFrom('high')}`,
        parentSpanId: send?.spanId,
        status: 0,
        attributes: {
          ...common,
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': kind.receivedFrom('high'),
        },
      });
    });

    it('leaves one trace of a batch, whose send is linked to each message', async () => {
      const body = { content: 'x', count: 3, priority: 'high' };
      const answer = await services.request('producer', 'POST', '/send-bulk', body);
      const spans = await spansOf(answer.traceId, 8);
      expect(spans).toHaveLength(8);
      const named = (name: string): SentSpan[] => spans.filter((span) => span.name.startsWith(`${name} `));
      const created = named('create').map(({ spanId }) => spanId);
      expect(named('create').map(({ kind: spanKind }) => spanKind)).toEqual(Array(3).fill(PRODUCER));
      const [send] = named('send');
      expect(send).toMatchObject({
        kind: CLIENT,
        attributes: { 'messaging.batch.message_count': 3, 'messaging.destination.name': kind.sentTo('high') },
      });
      expect(send?.links.map(({ spanId }) => spanId).sort()).toEqual([...created].sort());
      const parents = named('process').map(({ parentSpanId }) => parentSpanId);
      expect(parents.sort()).toEqual([...created].sort());
    });

    it.each([
      ['/send', { content: '' }, '#/content'],
      ['/send', { content: 'x', priority: 'urgent' }, '#/priority'],
      ['/send', { content: 'x', colour: 'red' }, '#/colour'],
      ['/send-bulk', { content: 'x', count: 1001 }, '#/count'],
      ['/send-bulk', { content: 'x', count: 1.5 }, '#/count'],
      ['/simulate-load', { duration_seconds: 0, messages_per_second: 1 }, '#/duration_seconds'],
      ['/simulate-load', { duration_seconds: 1 }, '#/messages_per_second'],
    ])('names what is wrong with POST %s %j', async (path, body, pointer) => {
      const answer = await services.request('producer', 'POST', path, body);
      expect(answer.status).toBe(400);
      expect(answer.type).toMatch(/^application\/problem\+json/);
      expect((answer.body as { errors: { pointer: string }[] }).errors.map((each) => each.pointer)).toEqual([
        pointer,
      ]);
      producerApi.check('post', path, answer);
    });

    it('tries a poisoned message once more, puts it aside, and sends it again when asked', async () => {
      await fault('messages.normal');
      const poisoned = await services.request('producer', 'POST', '/send', { content: 'poison' });
      const healthy = await services.request('producer', 'POST', '/send', { content: 'x', priority: 'high' });
      const id = idOf(poisoned.body);
      const letter = await eventually(
        'the dead letter',
        async () => (await deadLetters()).find((each) => each.id === id),
        PATIENCE,
      );
      expect(letter).toMatchObject({
        priority: 'normal',
        content: 'poison',
        attempts: 2,
        reason: 'injected fault',
        trace_id: poisoned.traceId,
      });
      await processedAll([idOf(healthy.body)]);
      // SERVER, send, process, its send to be tried again, process, its send to the dead letters.
      const spans = await spansOf(poisoned.traceId, 6);
      const failed = spans.filter(({ kind: spanKind }) => spanKind === CONSUMER);
      expect(failed).toHaveLength(2);
      for (const { status, attributes } of failed) {
        expect({ status, type: attributes['error.type'] }).toEqual({ status: ERROR, type: 'Error' });
      }

      await services.request('consumer', 'DELETE', '/faults');
      const replay = (): ReturnType<Services['request']> =>
        services.request('consumer', 'POST', `/dead-letters/${id}/replay`);
      const replayed = await replay();
      expect(replayed).toMatchObject({ status: 202, body: { id } });
      consumerApi.check('post', '/dead-letters/{id}/replay', replayed);
      await processedAll([id]);
      expect(services.processed().filter((each) => each.id === id)).toMatchObject([{ attempt: 1 }]);
      expect(await deadLetters()).toEqual([]);
      const again = await replay();
      expect(again.status).toBe(404);
      consumerApi.check('post', '/dead-letters/{id}/replay', again);
      const stats = await services.request('consumer', 'GET', '/stats');
      consumerApi.check('get', '/stats', stats);
      expect(stats.body).toMatchObject({ error_messages: 2 });
    });

    it('leaves no span without its parent under load', async () => {
      const before = services.processed().length;
      const load = { duration_seconds: 10, messages_per_second: 10 };
      const startedAt = Date.now();
      const answer = await services.request('producer', 'POST', '/simulate-load', load);
      expect(answer.status).toBe(202);
      producerApi.check('post', '/simulate-load', answer);
      const second = await services.request('producer', 'POST', '/simulate-load', load);
      expect(second.status).toBe(409);
      producerApi.check('post', '/simulate-load', second);
      const bulk = { content: 'x', count: 200, priority: 'high' };
      expect((await services.request('producer', 'POST', '/send-bulk', bulk)).status).toBe(202);
      const ended = await eventually(
        'the end of the load',
        () => services.lines('producer').find(({ msg }) => msg === 'load ended'),
        PATIENCE,
      );
      const count = Number(ended.confirmed) + bulk.count;
      expect(ended).toMatchObject({ failed: 0 });
      expect(count).toBeGreaterThan(bulk.count);
      await eventually(
        'all is processed',
        () => (services.processed().length >= before + count ? true : undefined),
        PATIENCE,
      );
      const seconds = (Date.now() - startedAt) / 1000;
      console.log(
        `${kind.system}: ${count} messages sent and processed in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)}/s`,
      );
      await eventually(
        'a parent of every span',
        () => {
          const ids = new Set(sink.spans.map(({ spanId }) => spanId));
          const orphans = sink.spans.filter(
            ({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId),
          );
          if (orphans.length > 0) throw new Error(orphans.map(({ name }) => name).join(', '));
          return true;
        },
        PATIENCE,
      );
      const consumed = sink.spans.filter(({ kind: spanKind }) => spanKind === CONSUMER);
      expect(consumed.filter(({ parentSpanId }) => parentSpanId === undefined)).toEqual([]);
    });

    it('counts what it does', async () => {
      for (const [role, api] of [
        ['producer', producerApi],
        ['consumer', consumerApi],
      ] as const) {
        const answer = await services.request(role, 'GET', '/metrics');
        api.check('get', '/metrics', answer);
      }
      const text = String((await services.request('consumer', 'GET', '/metrics')).body);
      for (const sample of [
        /^messages_sent_total\{priority="normal"\} 1$/m, // the replay
        /^messages_processed_total\{priority="high"\} \d+$/m,
        /^messages_failed_total\{priority="normal",operation="process",reason="error"\} 2$/m,
        /^message_processing_duration_seconds_count\{priority="low"\} \d+$/m,
        /^message_queue_latency_seconds_count\{priority="low"\} \d+$/m,
      ]) {
        expect(text).toMatch(sample);
      }
    });

    it('was asked for all that its documents offer', () => {
      expect([...producerApi.unused, ...consumerApi.unused]).toEqual([]);
    });

    it('loses no confirmed message by a kill -9 of the consumer or the broker', async () => {
      const random = seeded(SEED);
      const confirmed: string[] = [];
      const sending = new Set<Promise<void>>();
      let refused = 0;
      let allowance = 0;
      const over = new AbortController();
      const send = async (): Promise<void> => {
        const priority = random() < 0.75 ? 'high' : 'low';
        const body = { content: 'x', priority };
        const answer = await services.request('producer', 'POST', '/send', body).catch(() => undefined);
        if (answer?.status === 202) confirmed.push(idOf(answer.body));
        else refused++;
      };
      const load = (async (): Promise<void> => {
        while (!over.signal.aborted) {
          if (allowance > 0) {
            allowance--;
            const one = send().finally(() => sending.delete(one));
            sending.add(one);
          }
          await sleep(50);
        }
        await Promise.all(sending);
      })();
      const victims = shuffled(['consumer', 'broker', 'consumer'], random);
      for (const victim of victims) {
        // Five seconds of load around each kill; no more, however long a restart takes.
        allowance = MESSAGES_A_KILL;
        await sleep(500 + random() * 1500);
        if (victim === 'broker') {
          await broker.kill();
          await services.healthy('consumer', 503);
          await broker.start();
          await services.healthy('producer');
        } else {
          await services.kill('consumer');
          services.start('consumer');
        }
        await services.healthy('consumer');
      }
      over.abort();
      await load;
      const done = await processedAll(confirmed);
      const twice = done.length - new Set(done).size;
      console.log(
        `${kind.system}, seed ${SEED}, killed ${victims.join(', ')}: ${confirmed.length} confirmed, ${refused} refused, ` +
          `0 lost, ${twice} processed twice`,
      );
      expect(confirmed.length).toBeGreaterThan(20);
    });
  },
);

function byStart(one: SentSpan, other: SentSpan): number {
  return Number(one.startNanos - other.startNanos);
}

function messageOf({ attributes }: SentSpan): string {
  return String(attributes['messaging.message.id']);
}

function priorityOf({ attributes }: SentSpan): string {
  return /high|normal|low/.exec(String(attributes['messaging.destination.name']))?.[0] ?? '';
}
