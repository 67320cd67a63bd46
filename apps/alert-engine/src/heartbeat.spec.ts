import { DatabaseSync } from 'node:sqlite';
import { EngineHome, EngineProcess } from './testing/engine-process';
import { WebhookReceiver } from './testing/webhook-receiver';

describe('the heartbeat of the program', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function start(
    heartbeat: object,
    rules?: unknown,
  ): Promise<{ engine: EngineProcess; home: EngineHome }> {
    const home = new EngineHome({ heartbeat: { interval: '200ms', timeout: '30s', ...heartbeat } }, rules);
    const engine = await EngineProcess.start(home);
    cleanUps.push(
      () => {
        home.remove();
      },
      () => engine.kill(),
    );
    return { engine, home };
  }

  async function receiver(): Promise<WebhookReceiver> {
    const webhook = await WebhookReceiver.start();
    cleanUps.push(() => webhook.stop());
    return webhook;
  }

  const beats = (engine: EngineProcess, outcome: string): Promise<number> =>
    engine.metric('alert_engine_heartbeats_total', `outcome="${outcome}"`);

  it('comes as an alert that always fires, and is no notification', async () => {
    const outside = await receiver();
    const { engine } = await start({ url: outside.url });
    await outside.until(({ bodies }) => bodies.length === 2);
    expect(outside.bodies[1]).toMatchObject({
      version: '4',
      status: 'firing',
      alerts: [{ status: 'firing', labels: { alertname: 'Watchdog', severity: 'none' } }],
    });
    expect(await beats(engine, 'delivered')).toBeGreaterThanOrEqual(1);
    expect(await engine.metric('alert_engine_heartbeat_last_delivered_timestamp_seconds')).toBeGreaterThan(
      Date.now() / 1000 - 60,
    );
    expect(await engine.get('/api/v1/notifications')).toMatchObject({ data: { notifications: [] } });
    // The address is a secret.
    expect(JSON.stringify(engine.logLines)).not.toContain('secret');
  });

  it('fails within its time when nobody answers', async () => {
    const outside = await receiver();
    outside.answer = undefined;
    const { engine } = await start({ url: outside.url, timeout: '200ms' });
    const line = await engine.logged(({ msg }) => msg === 'the heartbeat was not taken by its receiver');
    expect(line).toMatchObject({
      level: 'error',
      reason: expect.stringMatching(/TIMEOUT|TimeoutError/) as string,
    });
    expect(await beats(engine, 'failed')).toBeGreaterThanOrEqual(1);
  });

  it('is withheld while the state file cannot be written', async () => {
    const outside = await receiver();
    const { engine, home } = await start({ url: outside.url });
    await outside.until(({ bodies }) => bodies.length === 1);
    const other = new DatabaseSync(home.stateFile);
    other.exec('BEGIN EXCLUSIVE');
    const line = await engine.logged(
      ({ msg }) => msg === 'the heartbeat is withheld: the engine does not work',
    );
    expect(line.reason).toBe('state: the state file cannot be written');
    const before = outside.bodies.length;
    while ((await beats(engine, 'withheld')) < 2);
    expect(outside.bodies.length).toBeLessThanOrEqual(before + 1);
    other.exec('ROLLBACK');
    other.close();
    await outside.until(({ bodies }) => bodies.length > before + 2);
  });

  it('is withheld while Prometheus answers no rule', async () => {
    const outside = await receiver();
    const rules = { groups: [{ name: 'g', interval: '1s', rules: [{ alert: 'Q', expr: 'up == 0' }] }] };
    const home = new EngineHome(
      {
        heartbeat: { url: outside.url, interval: '200ms', timeout: '30s', maxUnansweredQueries: '300ms' },
        evaluate: { prometheus: { url: 'http://127.0.0.1:1' } },
      },
      rules,
    );
    const engine = await EngineProcess.start(home);
    cleanUps.push(
      () => {
        home.remove();
      },
      () => engine.kill(),
    );
    const line = await engine.logged(({ reason }) => reason === 'queries: Prometheus answers no rule');
    expect(line.level).toBe('error');
  });
});
