import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programs } from '../../../launcher/src/programs/index.ts';
import type { ProgramName } from '../../../launcher/src/programs/program.ts';
import { request } from '../../support/openapi.ts';
import { root } from '../../support/paths.ts';
import type { RunningProgram } from '../../support/running-program.ts';
import { backends, dataPath, Stack } from '../../support/stack.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

const PLANTED = 'planted-0123456789abcdef';
const REST_MILLIS = 61_000;
const MAX_LINES_A_MINUTE = 10;
/** How often the kubelet asks (charts/trace/templates). */
const PROBE_MILLIS = 2000;

const programsOf = (app: string): ProgramName[] =>
  programs.filter(({ needs }) => needs.includes(`apps/${app}/dist/main.js`)).map(({ name }) => name);
const ROLES = programsOf('sim-service');
const OURS = ['enrichment-processor', 'alert-engine'].flatMap(programsOf).concat(ROLES);

interface Line {
  readonly level: string;
  readonly time: string;
  readonly name: string;
  readonly msg: string;
  readonly version?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

describe('what our programs say', () => {
  let platform: Stack | undefined;
  let services: Stack | undefined;
  let receiver: WebhookReceiver;
  // Somebody to send load to: at rest there are no requests to the sample services but probes.
  const target = createServer((_, response) => response.end('{}'));

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const secret = `${receiver.url}?key=${PLANTED}`;
    const broker = { BROKER_URL: `nats://trace:${PLANTED}@127.0.0.1:4222` };
    platform = await Stack.start({
      programs: [...backends, ...dataPath, 'nats'],
      changes: {
        'alert-engine': {
          env: {
            TRACE_WEBHOOK_URL: secret,
            TRACE_HEARTBEAT_URL: secret,
            TRACE_ALERT_API_TOKEN: PLANTED,
          },
        },
      },
    });
    services = await Stack.start({
      programs: ROLES,
      changes: {
        users: {
          env: {
            // Neither is there: what a service says of that is no noise either.
            DATABASE_URL: `postgresql://app:${PLANTED}@127.0.0.1:1/users?password=${PLANTED}`,
            REDIS_URL: `redis://app:${PLANTED}@127.0.0.1:1`,
          },
        },
        payments: { env: broker },
        orders: { env: broker },
        producer: { env: broker },
        consumer: { env: broker },
        'log-forwarder': { env: { TRACE_LOGS_ROAD_URL: `nats://trace:${PLANTED}@127.0.0.1:4222` } },
        load: { env: { TRACE_LOAD_TARGET: `http://127.0.0.1:${(target.address() as AddressInfo).port}` } },
      },
    });
  });
  afterAll(async () => {
    await services?.stop();
    await platform?.stop();
    await receiver.stop();
    target.closeAllConnections();
    target.close();
  });

  const running = (name: ProgramName): RunningProgram | undefined =>
    (ROLES.some((role) => role === name) ? services : platform)?.program(name);
  const text = (name: ProgramName): string => running(name)?.log() ?? '';
  /** Throws for what is not JSON. */
  const lines = (name: ProgramName): Line[] =>
    text(name)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);

  /** As the kubelet does. */
  async function probe(): Promise<void> {
    const urls = OURS.flatMap((name) => running(name)?.program.readyUrl ?? []);
    await Promise.allSettled(urls.map((url) => fetch(url, { signal: AbortSignal.timeout(PROBE_MILLIS) })));
  }

  it('is under ten lines a minute at rest, each a JSON object', async () => {
    // What is said at the start has been said.
    await sleep(5000);
    const before = OURS.map((name) => lines(name).length);
    const deadline = Date.now() + REST_MILLIS;
    while (Date.now() < deadline) await Promise.all([probe(), sleep(PROBE_MILLIS)]);
    const said = OURS.map((name, index) => [name, lines(name).slice(before[index])] as const);
    console.log(said.map(([name, { length }]) => `${name}: ${length}`).join(', '));
    expect(said.filter(([, { length }]) => length >= MAX_LINES_A_MINUTE)).toEqual([]);
  });

  it.each(OURS)('of %s begins with its version and its settings', (name) => {
    const all = lines(name);
    const app = name === 'enrichment-processor' || name === 'alert-engine' ? name : 'sim-service';
    const { version } = JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(all[0]).toMatchObject({ name, version, level: 'info' });
    expect(all[0]?.msg).toMatch(/^starting/);
    expect(Object.keys(all[0]?.settings ?? {}).length).toBeGreaterThan(2);
    for (const line of all) {
      const { level, time, msg } = line;
      expect([level, Number.isNaN(Date.parse(time)), line.name, typeof msg]).toEqual([
        expect.stringMatching(/^(info|warn|error)$/),
        false,
        name,
        'string',
      ]);
    }
  });

  it('tells a setting that came from the environment, and none of the secrets', () => {
    expect(lines('users')[0]?.settings).toMatchObject({
      users: {
        database: { url: 'postgresql://<hidden>@127.0.0.1:1/users?<hidden>' },
        cache: { url: 'redis://<hidden>@127.0.0.1:1' },
      },
    });
    expect(lines('consumer')[0]?.settings).toMatchObject({
      broker: { url: 'nats://<hidden>@127.0.0.1:4222' },
    });
    expect(lines('alert-engine')[0]?.settings).toMatchObject({
      http: { port: 8090, apiToken: '<hidden>' },
      heartbeat: { url: expect.stringMatching(/^127\.0\.0\.1:\d+\/<hidden>$/) as unknown },
    });
    // The others' sections are not its own.
    expect(Object.keys(lines('gateway')[0]?.settings ?? {})).not.toContain('users');
    for (const name of OURS) expect([name, text(name).includes(PLANTED)]).toEqual([name, false]);
  });

  it('is one line a request', async () => {
    const before = lines('gateway').length;
    for (let index = 0; index < 10; index += 1)
      await request('http://127.0.0.1:8080/api/v1/users', 'GET').catch(() => undefined);
    const said = await eventually(
      'a line for each request',
      () => {
        const after = lines('gateway').slice(before) as (Line & Record<string, unknown>)[];
        const requests = after.filter((line) => 'http.route' in line);
        return requests.length >= 10 ? requests : undefined;
      },
      { timeoutMillis: 60_000 },
    );
    expect(said).toHaveLength(10);
    for (const line of said) expect(line).toMatchObject({ 'http.request.method': 'GET', name: 'gateway' });
  });
});
