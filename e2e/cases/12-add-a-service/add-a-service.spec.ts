import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spansOfTrace } from '../../support/backends.ts';
import { cachedFolder } from '../../support/cached-folder.ts';
import { install, notInstalled } from '../../support/commands.ts';
import { activeAlerts } from '../../support/engine.ts';
import { traceIdOf } from '../../support/gateway.ts';
import { newSpans, postOtlp, tracesBody } from '../../support/otlp-http.ts';
import { root } from '../../support/paths.ts';
import { backends, dataPath, Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { environmentOfGuide, fileOfGuide } from './guide.ts';

const CALLS = 20;
const INSTALL_MILLIS = 2_000_000;

interface Check {
  readonly name: string;
  readonly state: string;
  readonly remedy?: string;
}

const hasPython = notInstalled(['python3']).length === 0;
if (!hasPython) console.warn('SKIPPED: the Python example: python3 is not on this machine');

describe('docs/add-a-service.md', () => {
  // Beside node_modules, so that the example finds the packages as a service in a checkout does.
  mkdirSync(join(root, '.trace'), { recursive: true });
  const folder = mkdtempSync(join(root, '.trace/guide-'));
  const children: ChildProcess[] = [];
  let stack: Stack;

  beforeAll(async () => {
    const rules = join(folder, 'rules.yaml');
    writeFileSync(rules, fileOfGuide('rules.yaml'));
    const engine = join(folder, 'alert-engine.yaml');
    const shipped = join(root, 'apps/alert-engine/config/rules/sample-services.yaml');
    writeFileSync(engine, JSON.stringify({ evaluate: { rules: [shipped, rules] } }));
    stack = await Stack.start({
      programs: [...backends, ...dataPath],
      changes: { 'alert-engine': { env: { TRACE_ALERT_CONFIG: engine } } },
    });
  });
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(
    file: string,
    args: readonly string[],
    command: string,
  ): { child: ChildProcess; url: string } {
    const env = environmentOfGuide(command);
    const log = openSync(join(folder, `${args[0] ?? ''}.log`), 'a');
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    children.push(child);
    return { child, url: `http://127.0.0.1:${env.PORT ?? ''}` };
  }

  /** Calls the service until it answers, and then some more; the id of the last call's trace. */
  async function call(url: string): Promise<string> {
    await eventually('the service answers', async () => (await fetch(url)).ok || undefined, {
      timeoutMillis: 60_000,
    });
    let traceId = '';
    for (let count = 0; count < CALLS; count += 1) traceId = traceIdOf(await fetch(url));
    return traceId;
  }

  async function verify(service: string): Promise<{ code: number | null; checks: readonly Check[] }> {
    const child = spawn(
      process.execPath,
      [join(root, 'launcher/bootstrap.mjs'), 'verify-service', service, '--json'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, checks: (JSON.parse(said) as { checks: Check[] }).checks };
  }

  const notOk = (checks: readonly Check[]): string[] =>
    checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => `${name} ${state}`);

  /** Waits until all is there but what the guide's service lacks. */
  function verified(service: string, lacks: readonly string[] = []): Promise<boolean> {
    return eventually(
      `all of ${service}`,
      async () => {
        const found = notOk((await verify(service)).checks);
        if (found.join() !== lacks.join()) throw new Error(found.join(', '));
        return true;
      },
      { timeoutMillis: 120_000, intervalMillis: 2000 },
    );
  }

  it('makes of a NestJS service one that lacks nothing but an owner', async () => {
    writeFileSync(join(folder, 'shop.cjs'), fileOfGuide('shop.cjs'));
    const { child, url } = start(process.execPath, ['shop.cjs'], 'node shop.cjs');
    const traceId = await call(`${url}/offers`);
    await eventually('its trace', async () => (await spansOfTrace(traceId)).length > 0 || undefined, {
      timeoutMillis: 60_000,
    });
    await verified('shop', ['owner incomplete']);
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  });

  (hasPython ? it : it.skip)(
    'does the same for a service in Python, whose own rule fires',
    async () => {
      const requirements = fileOfGuide('requirements.txt');
      const venv = await cachedFolder('guide-python', requirements, async (into) => {
        writeFileSync(join(folder, 'requirements.txt'), requirements);
        await install('python3', ['-m', 'venv', into]);
        const pip = ['-m', 'pip', 'install', '--quiet', '-r', join(folder, 'requirements.txt')];
        await install(join(into, 'bin/python'), pip);
      });
      writeFileSync(join(folder, 'service.py'), fileOfGuide('service.py'));
      const { child, url } = start(join(venv, 'bin/python'), ['service.py'], 'python service.py');
      const traceId = await call(`${url}/prices/tea`);
      await eventually('its trace', async () => (await spansOfTrace(traceId)).length > 0 || undefined, {
        timeoutMillis: 60_000,
      });
      await verified('prices', ['owner incomplete']);
      for (let count = 0; count < CALLS; count += 1) await fetch(`${url}/prices/broken`);
      const alert = await eventually(
        'PricesFail',
        async () => (await activeAlerts()).find(({ labels }) => labels.alertname === 'PricesFail'),
        { timeoutMillis: 60_000 },
      );
      expect(alert.labels).toMatchObject({ service_name: 'prices', route: '/prices/{sku}' });
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      expect(child.exitCode).toBe(0);
    },
    INSTALL_MILLIS,
  );

  it('has a check that says what is missing, and what to do', async () => {
    const spans = newSpans(3).map((span) => ({ ...span, parentSpanId: 'b7ad6b7169203331' }));
    expect(await postOtlp('traces', tracesBody([['halfway', spans]]))).toBe(200);
    const { code, checks } = await eventually(
      'its spans are seen',
      async () => {
        const found = await verify('halfway');
        return notOk(found.checks).includes('resource incomplete') ? found : undefined;
      },
      { timeoutMillis: 120_000, intervalMillis: 1000 },
    );
    expect(code).toBe(1);
    expect(notOk(checks)).toEqual(
      expect.arrayContaining(['resource incomplete', 'owner incomplete', 'logs missing', 'metrics missing']),
    );
    expect(checks.filter(({ state, remedy }) => state !== 'ok' && remedy === undefined)).toEqual([]);
    const unknown = await verify('prize');
    expect(unknown.code).toBe(1);
    expect(unknown.checks.every(({ state }) => state === 'missing')).toBe(true);
  });
});
