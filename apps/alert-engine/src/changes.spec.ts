import { request as httpRequest } from 'node:http';
import { EngineHome, EngineProcess } from './testing/engine-process';
import { WebhookReceiver } from './testing/webhook-receiver';

const TOKEN = 'planted-token-0123456789';

/** A POST with these headers, which fetch would not let a caller set; the answer. */
function post(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; detail: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        const { detail = '' } = JSON.parse(body) as { detail?: string };
        resolve({ status: response.statusCode ?? 0, headers: response.headers, detail });
      });
    });
    request.on('error', reject).end();
  });
}

describe('a change through the HTTP API', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function start(
    http: object,
  ): Promise<{ engine: EngineProcess; home: EngineHome; webhook: WebhookReceiver }> {
    const home = new EngineHome({ http });
    const webhook = await WebhookReceiver.start();
    const engine = await EngineProcess.start(home, webhook.url);
    cleanUps.push(
      () => {
        home.remove();
      },
      () => webhook.stop(),
      () => engine.kill(),
    );
    return { engine, home, webhook };
  }

  it('needs the token where there is one; reading does not', async () => {
    const { engine, webhook } = await start({ apiToken: TOKEN });
    const path = `${engine.url}/api/v1/test-alert`;
    const none = await post(path);
    expect(none).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="alert-engine"' },
      detail: 'send authorization: Bearer <token>',
    });
    for (const wrong of [`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, 'Bearer']) {
      expect(await post(path, { authorization: wrong })).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="alert-engine", error="invalid_token"' },
      });
    }
    expect(await post(`${engine.url}/-/reload`)).toMatchObject({ status: 401 });
    expect((await fetch(`${engine.url}/api/v1/alerts`)).status).toBe(200);
    expect(webhook.bodies).toEqual([]);

    // From a page elsewhere too: who has the token is who it is for.
    const good = { authorization: `Bearer ${TOKEN}`, origin: 'https://alerts.example.com' };
    expect(await post(path, good)).toMatchObject({ status: 202 });
    await webhook.until(({ bodies }) => bodies.length === 2);
    expect(webhook.alerts).toMatchObject([
      { status: 'firing', labels: { alertname: 'TraceTestAlert', severity: 'none' } },
      { status: 'resolved', labels: { alertname: 'TraceTestAlert' } },
    ]);
    const changes = (outcome: string): Promise<number> =>
      engine.metric('alert_engine_api_changes_total', `outcome="${outcome}"`);
    expect([await changes('unauthenticated'), await changes('done')]).toEqual([6, 1]);
    const { data } = await engine.get<{ data: { alerts: unknown[] } }>('/api/v1/alerts');
    expect(data.alerts).toEqual([]);
    expect(JSON.stringify(engine.logLines)).not.toContain(TOKEN);
  });

  it('without a token is taken from this host, and not from pages elsewhere', async () => {
    const { engine } = await start({});
    const path = `${engine.url}/-/reload`;
    expect(await post(path)).toMatchObject({ status: 200 });
    expect(await post(path, { origin: engine.url })).toMatchObject({ status: 200 });
    const elsewhere = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      // A name of theirs that resolves to this host.
      { host: 'evil.example', origin: 'http://evil.example' },
    ];
    for (const headers of elsewhere) {
      expect(await post(path, headers)).toMatchObject({
        status: 403,
        detail: expect.stringMatching(/pages of this host only/) as string,
      });
    }
    expect(await engine.metric('alert_engine_api_changes_total', 'outcome="forbidden"')).toBe(4);
    const preflight = await fetch(path, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);
  });

  it('without a token is refused where the network can reach it', async () => {
    const { engine } = await start({ host: '0.0.0.0' });
    expect(await post(`${engine.url}/-/reload`)).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/http\.apiToken is not set/) as string,
    });
    expect(engine.logLines).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: expect.stringContaining('set http.apiToken') as string }),
    );
  });

  it('reloads the rules, or says what is wrong with them', async () => {
    const { engine, home } = await start({});
    home.writeRules({
      groups: [{ name: 'g', rules: [{ alert: 'X', count: { above: 1 }, window: 'soon' }] }],
    });
    const refused = await post(`${engine.url}/-/reload`);
    expect(refused).toMatchObject({
      status: 422,
      detail: expect.stringMatching(/the old rules stay: .*window: got "soon"/) as string,
    });
    home.writeRules({ groups: [{ name: 'g', rules: [{ alert: 'X', count: { above: 1 }, window: '5s' }] }] });
    expect(await post(`${engine.url}/-/reload`)).toMatchObject({ status: 200 });
    expect(JSON.stringify(await engine.get('/api/v1/rules'))).toContain('"name":"X"');
  });

  it('tells that nobody would be told', async () => {
    const home = new EngineHome();
    const engine = await EngineProcess.start(home);
    cleanUps.push(
      () => {
        home.remove();
      },
      () => engine.kill(),
    );
    const refused = await post(`${engine.url}/api/v1/test-alert`);
    expect(refused).toMatchObject({ status: 409, detail: 'nobody would be told: route.receivers is empty' });
  });

  it.each(['short', 'has a space in the middle', 'ends-with-a-line-break\n'])(
    'does not start with the token %j, and does not print it',
    async (apiToken) => {
      const home = new EngineHome({ http: { apiToken } });
      const engine = new EngineProcess(home);
      expect(await engine.exited).toBe(78);
      home.remove();
      expect(engine.stderr).toMatch(
        /http\.apiToken: got a value that is not shown, expected a token of at least 16/,
      );
      expect(engine.stderr).not.toContain(apiToken);
    },
  );
});
