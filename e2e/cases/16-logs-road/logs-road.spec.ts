import { encodeBytesField } from '@trace/otlp';
import { type FoundLine, ownMetric } from '../../support/backends.ts';
import { OpenApi } from '../../support/openapi.ts';
import { seeded, shuffled } from '../../support/random.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { LINES_A_REQUEST, PATIENCE, Road } from './road.ts';
import { publish, storedSubjects } from './stream.ts';

/** Another course of events: TRACE_LOGS_ROAD_SEED. */
const SEED = Number(process.env.TRACE_LOGS_ROAD_SEED ?? Date.now() % 100_000);
/** Another at each request or start. */
const CHANGING =
  /^(trace_id|span_id|observed_timestamp|process_pid|service_instance_id|duration.*|.*sizes?|detected_.*)$/;

describe('the second road for logs', () => {
  let road: Road;
  beforeAll(async () => {
    road = await Road.start();
  });
  afterAll(() => road.close());

  const metric = (name: string, labels = {}): Promise<number> =>
    ownMetric(`${road.services.forwarderUrl}/metrics`, name, labels);
  const health = (status: number): Promise<unknown> =>
    eventually(
      `the forwarder is ${status}`,
      async () => {
        const answer = await road.services.forwarder('GET', '/health');
        return answer.status === status ? answer.body : undefined;
      },
      PATIENCE,
    );
  /** What does not change from line to line, and the names of what does. */
  const constant = (lines: readonly FoundLine[]): string[] =>
    lines
      .map(({ labels, line }) => {
        const names = Object.keys(labels).sort();
        const constants = names.filter((name) => !CHANGING.test(name)).map((name) => [name, labels[name]]);
        return JSON.stringify([line, constants, names], undefined, 1);
      })
      .sort();

  it('leaves in Loki what the direct one leaves', async () => {
    await road.services.start('otlp');
    const direct = await road.shown([await road.services.ask()]);
    await road.services.stop();
    await road.services.startForwarder();
    expect(await health(200)).toMatchObject({
      status: 'ok',
      error: {},
      info: {
        broker: { state: 'connected', required: true, system: 'nats' },
        collector: { state: 'connected', required: true, system: 'otlp' },
      },
    });
    await road.services.start('jetstream');
    const traceId = await road.services.ask();
    const lines = await road.shown([traceId]);
    expect(lines.map(({ labels }) => labels.severity_text)).toEqual(['info', 'info']);
    expect(lines.map(({ labels }) => labels.service_name).sort()).toEqual(['gateway', 'users']);
    expect(constant(lines)).toEqual(constant(direct));
    const stored = (await road.stored()).filter((log) => log.traceId === traceId);
    expect(stored).toHaveLength(LINES_A_REQUEST);
  });

  it('carries nothing of the forwarder itself', async () => {
    expect(Object.keys(await storedSubjects(road.nats.port)).sort()).toEqual(['logs.gateway', 'logs.users']);
    expect(road.services.told('collector connected')).toBe(1);
  });

  it('keeps to its OpenAPI document, and counts', async () => {
    const { forwarder } = road.services;
    const get = forwarder.bind(road.services);
    const api = new OpenApi((await get('GET', '/openapi.json')).body);
    api.check('get', '/health', await get('GET', '/health'));
    api.check('get', '/healthz', await get('GET', '/healthz'));
    api.check('get', '/metrics', await get('GET', '/metrics'));
    api.check('get', '/replay', await get('GET', '/replay'));
    api.check('delete', '/replay', await get('DELETE', '/replay'));
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const wrong = await get('POST', '/replay', { since: 'yesterday' });
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/since' }] } });
    api.check('post', '/replay', wrong);
    api.check('post', '/replay', await get('POST', '/replay', { since, dry_run: true }));
    expect(api.unused).toEqual([]);
    expect(await metric('log_forwarder_records_received_total')).toBeGreaterThanOrEqual(LINES_A_REQUEST);
    expect(await metric('log_forwarder_records_forwarded_total')).toBe(
      await metric('log_forwarder_records_received_total'),
    );
    expect(await metric('log_forwarder_pending_messages')).toBe(0);
  });

  it('puts aside what is no log, and only that', async () => {
    // A request by its outer fields, of which the Collector cannot read the record; and what is none at all.
    const unreadable = encodeBytesField(
      1,
      encodeBytesField(2, encodeBytesField(2, Buffer.from([0xff, 0xff]))),
    );
    const asking = road.services.ask();
    await publish(road.nats.port, 'logs.broken', unreadable);
    await publish(road.nats.port, 'logs.broken', 'no protobuf');
    for (const reason of ['400', 'malformed']) {
      await eventually(
        `it is counted as ${reason}`,
        async () => (await metric('log_forwarder_records_dropped_total', { reason })) === 1 || undefined,
        PATIENCE,
      );
    }
    await road.shown([await asking, await road.services.ask()]);
    await eventually(
      'all is acknowledged',
      async () => (await metric('log_forwarder_unacknowledged_messages')) === 0 || undefined,
      PATIENCE,
    );
  });

  it('waits for a Collector that is away, shows it, and acknowledges nothing before it is back', async () => {
    await road.collector.stop('SIGKILL');
    const traceIds = [await road.services.ask(), await road.services.ask()];
    expect(await health(503)).toMatchObject({
      status: 'error',
      info: { broker: { status: 'up' } },
      error: { collector: { status: 'down', state: 'disconnected' } },
    });
    expect(await metric('log_forwarder_requests_retried_total', { reason: 'connection' })).toBeGreaterThan(0);
    expect(await metric('log_forwarder_unacknowledged_messages')).toBeGreaterThan(0);
    expect(road.services.told('collector is away; the log records stay in the stream')).toBe(1);
    // What it held is not acknowledged, and delivered again when that was awaited long enough (ack_wait, 30 s).
    await road.services.stopForwarder('SIGKILL');
    await road.collector.start();
    await road.services.startForwarder();
    await health(200);
    await road.shown(traceIds);
  });

  it('loses nothing that was confirmed when its parts are killed', async () => {
    const random = seeded(SEED);
    const over = new AbortController();
    const asked: string[] = [];
    const load = (async (): Promise<void> => {
      while (!over.signal.aborted) {
        asked.push(await road.services.ask());
        await sleep(10);
      }
    })();
    const victims = shuffled(['forwarder', 'nats', 'collector', 'forwarder', 'nats'], random);
    for (const victim of victims) {
      await sleep(500 + random() * 1500);
      if (victim === 'forwarder') {
        await road.services.stopForwarder('SIGKILL');
        await road.services.startForwarder();
      } else if (victim === 'nats') {
        await road.nats.kill();
        await road.nats.start();
      } else {
        await road.collector.stop('SIGKILL');
        await road.collector.start();
      }
    }
    over.abort();
    await load;
    // Both services are connected again when the stream has their lines of what is asked after the last restart.
    const last = await road.services.ask();
    asked.push(last);
    await eventually(
      'the services publish again',
      async () => {
        const logs = (await road.stored()).filter(({ traceId }) => traceId === last);
        return logs.length >= LINES_A_REQUEST || undefined;
      },
      PATIENCE,
    );
    // What they still hold is confirmed before they end.
    await road.services.stop();
    const confirmed = (await road.stored()).filter(({ traceId }) => asked.includes(traceId));
    // The services wait longer for a confirmation than any part was away.
    expect(confirmed.length).toBeGreaterThanOrEqual(LINES_A_REQUEST * asked.length);
    const wanted = new Set(confirmed.map(idOf));
    const lost = await eventually(
      'every record is in Loki',
      async () => {
        const there = new Set((await road.lines()).map(idOfLine));
        const missing = [...wanted].filter((id) => !there.has(id));
        if (missing.length > 0) throw new Error(`${missing.length} of ${wanted.size} are missing`);
        return missing;
      },
      PATIENCE,
    );
    expect(lost).toEqual([]);
    console.log(
      `seed ${SEED}, killed ${victims.join(', ')}: ${wanted.size} records confirmed, 0 lost, ` +
        `${confirmed.length - wanted.size} stored twice`,
    );
    expect(asked.length).toBeGreaterThan(50);
  });

  it('ends in order', async () => {
    expect(await road.services.stopForwarder()).toBe(0);
  });
});

function idOf({
  traceId,
  resource,
}: {
  traceId: string;
  resource: Readonly<Record<string, unknown>>;
}): string {
  return `${String(resource['service.name'])} ${traceId}`;
}

function idOfLine({ labels }: FoundLine): string {
  return `${labels.service_name ?? ''} ${labels.trace_id ?? ''}`;
}
