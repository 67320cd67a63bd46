import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { EngineHome, EngineProcess } from './testing/engine-process';
import { tracesRequest, type TestSpan } from './testing/otlp-encode';
import { WebhookReceiver } from './testing/webhook-receiver';
import type { ApiNotification } from './http/notifications-api';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function newHome(...options: ConstructorParameters<typeof EngineHome>): EngineHome {
  const home = new EngineHome(...options);
  cleanUps.push(() => {
    home.remove();
  });
  return home;
}

async function start(home: EngineHome, webhook?: WebhookReceiver): Promise<EngineProcess> {
  const engine = await EngineProcess.start(home, webhook?.url);
  cleanUps.push(() => engine.kill());
  return engine;
}

async function newWebhook(): Promise<WebhookReceiver> {
  const webhook = await WebhookReceiver.start();
  cleanUps.push(() => webhook.stop());
  return webhook;
}

function spans(count: number, durationMillis: number, endMillis = Date.now()): TestSpan[] {
  return Array.from({ length: count }, () => ({ endMillis, durationMillis }));
}

/** Event times run ahead of the clock on the wall (within the allowed skew), so that nobody has to wait. */
async function recover(engine: EngineProcess, service: string, since: number): Promise<void> {
  for (let aheadMillis = 1000; aheadMillis <= 8000; aheadMillis += 1000) {
    await engine.export(tracesRequest([[service, spans(10, 5, since + aheadMillis)]]));
  }
}

describe('an alert', () => {
  it('goes to the webhook with evidence when the line is crossed, and again when it is over', async () => {
    const [home, webhook] = [newHome(), await newWebhook()];
    const engine = await start(home, webhook);
    const now = Date.now();
    const traceId = randomBytes(16).toString('hex');
    const resource = {
      'service.owner': 'team-accounts',
      'service.runbook.url': 'https://runbooks.example.com/users',
    };
    const slow: TestSpan[] = [{ traceId, endMillis: now, durationMillis: 900 }, ...spans(9, 800, now)];
    await engine.export(tracesRequest([['users', slow]], resource));
    await webhook.until(({ bodies }) => bodies.length === 1);

    expect(webhook.bodies[0]).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'webhook',
      truncatedAlerts: 0,
      groupKey: '{}:{alertname="HighLatency", service_name="users"}',
      groupLabels: { alertname: 'HighLatency', service_name: 'users' },
      commonLabels: { severity: 'critical' },
      externalURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/) as string,
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'HighLatency', service_name: 'users', severity: 'critical' },
          annotations: {
            summary: expect.stringMatching(/^users is slow: (89|9)\d*ms$/) as string,
            threshold: '500ms',
            count: '10',
            trace_ids: expect.stringMatching(new RegExp(`^${traceId},`)) as string,
            service_owner: 'team-accounts',
            runbook_url: 'https://runbooks.example.com/users',
          },
          endsAt: '0001-01-01T00:00:00Z',
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        },
      ],
    });
    const { data } = await engine.get<{ data: { alerts: unknown[] } }>('/api/v1/alerts');
    expect(data.alerts).toMatchObject([{ state: 'firing', labels: { service_name: 'users' } }]);

    await recover(engine, 'users', now);
    await webhook.until(({ bodies }) => bodies.length === 2);
    expect(webhook.bodies[1]).toMatchObject({ status: 'resolved', alerts: [{ status: 'resolved' }] });
    const moves = engine.logLines.filter((line) => 'from' in line);
    expect(moves).toMatchObject([
      { from: 'inactive', to: 'firing', alert: 'HighLatency', eventTimeEpochMillis: now },
      { from: 'firing', to: 'inactive' },
    ]);
    expect(await engine.metric('alert_engine_notifications_total', 'outcome="delivered"')).toBe(2);
  });

  it('neither resolves nor notifies again through a kill -9 while it fires', async () => {
    const [home, webhook] = [newHome(), await newWebhook()];
    const before = await start(home, webhook);
    const now = Date.now();
    await before.export(tracesRequest([['users', spans(10, 800, now)]]));
    await before.logged((line) => line.to === 'firing');
    await webhook.until(({ bodies }) => bodies.length === 1);
    // The mark "delivered" is written when the answer has come.
    while ((await before.metric('alert_engine_notifications_total')) < 1);
    await before.kill();

    const after = await start(home, webhook);
    // Good news, but not yet a whole window of it: neither end nor repetition.
    await after.export(tracesRequest([['users', spans(50, 5, now + 1000)]]));
    const { data } = await after.get<{ data: { alerts: unknown[] } }>('/api/v1/alerts');
    expect(data.alerts).toMatchObject([{ state: 'firing' }]);
    expect(after.logLines.filter((line) => 'from' in line)).toEqual([]);
    expect(webhook.requests).toBe(1);

    await recover(after, 'users', now + 1000);
    await after.logged((line) => line.to === 'inactive');
    await webhook.until(({ bodies }) => bodies.length === 2);
    expect(webhook.bodies.map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('is delivered after a restart when the kill -9 came between firing and delivery', async () => {
    const [home, webhook] = [newHome(), await newWebhook()];
    webhook.answer = undefined;
    const before = await start(home, webhook);
    await before.export(tracesRequest([['users', spans(10, 800)]]));
    await webhook.until(({ requests }) => requests === 1);
    await before.kill();
    webhook.answer = 200;
    await start(home, webhook);
    await webhook.until(({ bodies }) => bodies.length === 1);
    expect(webhook.alerts).toMatchObject([{ status: 'firing', labels: { service_name: 'users' } }]);
  });

  it('of each of 200 services in one burst is delivered within seconds, over few connections', async () => {
    const [home, webhook] = [newHome(), await newWebhook()];
    const engine = await start(home, webhook);
    const services = Array.from({ length: 200 }, (_, index) => [`service-${index}`, spans(10, 900)] as const);
    await engine.export(tracesRequest(services));
    await webhook.until(({ bodies }) => bodies.length === 200);
    while ((await engine.metric('alert_engine_notifications_total')) < 200);
    const { data } = await engine.get<{ data: { notifications: ApiNotification[] } }>(
      '/api/v1/notifications',
    );
    const latencies = data.notifications
      .map(
        ({ receivedAtEpochMillis, deliveredAtEpochMillis = Infinity }) =>
          deliveredAtEpochMillis - receivedAtEpochMillis,
      )
      .sort((a, b) => a - b);
    expect(new Set(webhook.alerts.map(({ labels }) => labels.service_name)).size).toBe(200);
    expect(latencies).toHaveLength(200);
    console.log(
      `200 services: T1→T2 p50 ${latencies[99]} ms, p99 ${latencies[197]} ms, max ${latencies[199]} ms`,
    );
    expect(latencies[197]).toBeLessThan(10_000); // tens of milliseconds where nothing else runs
  });

  it('fires just the same from OTLP/HTTP', async () => {
    const webhook = await newWebhook();
    const engine = await start(newHome(), webhook);
    const send = async (body: Buffer): Promise<number> => {
      const headers = { 'content-type': 'application/x-protobuf' };
      return (
        await fetch(`${engine.otlpHttpUrl}/v1/traces`, { method: 'POST', headers, body: Buffer.from(body) })
      ).status;
    };
    const request = tracesRequest([['users', spans(10, 800)]]);
    expect(await send(request.subarray(0, -3))).toBe(400);
    expect(await send(request)).toBe(200);
    await webhook.until(({ bodies }) => bodies.length === 1);
    expect(webhook.alerts).toMatchObject([{ status: 'firing', labels: { service_name: 'users' } }]);
  });

  it('is told again after 5xx, and the log never names the URL', async () => {
    const [home, webhook] = [newHome(), await newWebhook()];
    webhook.answer = 503;
    const engine = await start(home, webhook);
    await engine.export(tracesRequest([['users', spans(10, 800)]]));
    await webhook.until(({ requests }) => requests >= 2);
    webhook.answer = 200;
    await webhook.until(({ bodies }) => bodies.length === 1);
    expect(JSON.stringify(engine.logLines)).not.toContain('secret');
    expect(await engine.metric('alert_engine_notification_retries_total')).toBeGreaterThanOrEqual(2);
  });
});

describe('what comes in', () => {
  it('is refused as INVALID_ARGUMENT when malformed, with nothing of it counted', async () => {
    const engine = await start(newHome());
    const good = tracesRequest([['users', spans(20, 900)]]);
    const rejected = { code: 'INVALID_ARGUMENT' };
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      await expect(engine.export(good.subarray(0, good.length - 3), signal)).rejects.toMatchObject(rejected);
      await expect(engine.export(randomBytes(1000).fill(0xff, 0, 12), signal)).rejects.toMatchObject(
        rejected,
      );
    }
    expect(await engine.metric('alert_engine_received_items_total')).toBe(0);
    expect(await engine.metric('alert_engine_groups')).toBe(0);
    await engine.export(good);
    await engine.export(good, 'logs');
    expect(await engine.metric('alert_engine_received_items_total', 'signal="traces"')).toBe(20);
    expect(await engine.metric('alert_engine_received_items_total', 'signal="logs"')).toBe(20);
    await engine.logged((line) => line.to === 'firing');
  });

  it('counts once when it comes twice, and what is too old or too new not at all, with a reason', async () => {
    const engine = await start(newHome());
    const nine = tracesRequest([['users', spans(9, 900)]]);
    await engine.export(nine);
    await engine.export(nine);
    const now = Date.now();
    await engine.export(
      tracesRequest([['users', [...spans(5, 900, now - 60_000), ...spans(6, 900, now + 60_000)]]]),
    );
    const dropped = (reason: string): Promise<number> =>
      engine.metric('alert_engine_spans_not_evaluated_total', `reason="${reason}"`);
    expect([await dropped('duplicate'), await dropped('late'), await dropped('future')]).toEqual([9, 5, 6]);
    const { data } = await engine.get<{ data: { alerts: unknown[] } }>('/api/v1/alerts');
    expect(data.alerts).toEqual([]);
  });

  it('keeps memory in bounds under a flood of tiny spans, of groups, and of deep nesting', async () => {
    const engine = await start(newHome({ evaluate: { maxGroupsPerRule: 100 } }));
    const millionEmpty = Buffer.alloc(2_000_000, Buffer.from([0x12, 0]));
    const header = (body: Buffer, field: number): Buffer => {
      const length: number[] = [];
      for (let rest = body.length; ; rest >>>= 7) {
        length.push(rest < 128 ? rest : (rest & 127) | 128);
        if (rest < 128) break;
      }
      return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), body]);
    };
    await engine.export(header(header(millionEmpty, 2), 1));
    expect(await engine.metric('alert_engine_spans_not_evaluated_total', 'reason="invalid_id"')).toBe(
      1_000_000,
    );
    await engine.export(
      tracesRequest(Array.from({ length: 500 }, (_, i) => [`s${i}`, spans(1, 1)] as const)),
    );
    expect(await engine.metric('alert_engine_groups')).toBe(100);
    expect(await engine.metric('alert_engine_spans_not_evaluated_total', 'reason="group_limit"')).toBe(400);
    let value: Buffer = Buffer.from([0x0a, 1, 0x78]);
    for (let depth = 0; depth < 5000; depth += 1) value = header(header(value, 1), 5);
    const nested = header(header(header(header(value, 2), 1), 1), 1);
    await expect(engine.export(nested)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(engine.peakMemoryMebibytes()).toBeLessThan(300);
  });
});

describe('the program', () => {
  it('answers healthz, readyz, the API and a page that escapes what telemetry says', async () => {
    const engine = await start(newHome());
    await engine.export(tracesRequest([['<script>alert(1)</script>', spans(10, 900)]]));
    await engine.logged((line) => line.to === 'firing');
    expect((await fetch(`${engine.url}/healthz`)).status).toBe(200);
    expect(await engine.get('/readyz')).toEqual({
      ready: true,
      checks: { ingest: 'listening', state: 'stored' },
    });
    expect(await engine.get('/api/v1/rules')).toMatchObject({
      status: 'success',
      data: { groups: [{ name: 'test', rules: [{ name: 'HighLatency', state: 'firing', health: 'ok' }] }] },
    });
    const page = await (await fetch(`${engine.url}/`)).text();
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toContain('<script>');
    expect(page.match(/<script/g)).toEqual(['<script']);
  });

  it('takes new rules on SIGHUP, and keeps the old ones when the new ones are wrong', async () => {
    const home = newHome();
    const engine = await start(home);
    await engine.export(tracesRequest([['users', spans(10, 800)]]));
    await engine.logged((line) => line.to === 'firing');

    home.writeRules({ groups: [{ name: 'test', rules: [{ alert: 'X', latency: {}, window: 'soon' }] }] });
    engine.signal('SIGHUP');
    const refused = await engine.logged((line) => line.level === 'error');
    expect(JSON.stringify(refused)).toMatch(/rules\.yaml: groups\[0\]\.rules\[0\]\.window/);
    expect(await engine.metric('alert_engine_rules_last_reload_successful')).toBe(0);
    expect((await fetch(`${engine.url}/readyz`)).status).toBe(200);
    expect(await engine.metric('alert_engine_alerts', 'state="firing"')).toBe(1);

    home.writeRules({ groups: [] });
    engine.signal('SIGHUP');
    await engine.logged((line) => line.to === 'inactive');
    expect(await engine.metric('alert_engine_rules_last_reload_successful')).toBe(1);
  });

  it('ends with code 0 on SIGTERM and leaves a state that the next start reads', async () => {
    const home = newHome();
    const engine = await start(home);
    await engine.export(tracesRequest([['users', spans(10, 800)]]));
    engine.signal('SIGTERM');
    expect(await engine.exited).toBe(0);
    const next = await start(home);
    expect(next.logLines).toContainEqual(expect.objectContaining({ msg: 'state restored', alerts: 1 }));
  });

  it.each<[string, ConstructorParameters<typeof EngineHome>, RegExp]>([
    [
      'a misspelt key',
      [{ ingest: { maxConection: 5 } }],
      /alert-engine\.yaml: ingest\.maxConection: .*did you mean "maxConnections"/,
    ],
    [
      'a wrong unit',
      [{ notify: { timeout: '5 seconds' } }],
      /notify\.timeout: got "5 seconds", expected a duration/,
    ],
    [
      'an unknown receiver',
      [{ route: { receivers: ['on-cal'] } }],
      /route\.receivers\[0\]: got "on-cal", expected the name of a receiver/,
    ],
    [
      'two places for the state',
      [{ state: { file: 's.sqlite', database: { url: 'postgresql://trace:secret-42@db/alerts' } } }],
      /alert-engine\.yaml: state\.file: got "s\.sqlite", expected nothing, as the state is in the database/,
    ],
    [
      'a database that is none',
      [{ state: { database: { url: 'mysql://trace:secret-42@db/alerts' } } }],
      /state\.database\.url: got a value that is not shown, expected a URL postgresql:.*TRACE_ALERT_DATABASE_URL/,
    ],
    [
      'a rule with neither measure',
      [{}, { groups: [{ name: 'g', rules: [{ alert: 'A', window: '30s' }] }] }],
      /rules\.yaml: groups\[0\]\.rules\[0\]: .*expected one of latency, errors, count/,
    ],
  ])('does not start with %s: exit code 78 and one line', async (_what, options, line) => {
    const engine = new EngineProcess(newHome(...options));
    expect(await engine.exited).toBe(78);
    expect(engine.stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
    expect(engine.stderr).not.toContain('secret-42');
  });

  it.each([
    ['http', 'port'],
    ['ingest', 'port'],
    ['ingest', 'httpPort'],
  ])('says in one line that %s.%s is taken', async (section, setting) => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => squatter.close());
    const { port } = squatter.address() as AddressInfo;
    const engine = new EngineProcess(newHome({ [section]: { [setting]: port } }));
    expect(await engine.exited).toBe(78);
    expect(engine.stderr).toMatch(
      new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken.*${section}\\.${setting} in`),
    );
  });
});
