import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs } from '../../../launcher/src/programs/index.ts';
import { identify } from '../../../launcher/src/state/process-identity.ts';
import { promQuery } from '../../support/backends.ts';
import { gatewayUrl, traceIdOf } from '../../support/gateway.ts';
import { Launcher } from '../../support/launcher.ts';
import { root } from '../../support/paths.ts';
import { eventually } from '../../support/wait.ts';

describe('npm start', () => {
  const home = mkdtempSync(join(tmpdir(), 'trace-start-'));
  const commands = new Launcher(home);
  let launcher: ChildProcess;
  let output = '';
  let exitCode: Promise<number | null>;

  beforeAll(start);
  afterAll(async () => {
    launcher.kill('SIGINT');
    await exitCode;
    rmSync(home, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const startedAt = Date.now();
    launcher = commands.spawn('start');
    launcher.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    launcher.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    exitCode = new Promise((resolve) => launcher.on('close', resolve));
    await commands.allReady();
    console.log(`every program ready ${((Date.now() - startedAt) / 1000).toFixed(1)} s after npm start`);
  }

  it('answers requests, and prints the addresses and look-ups with a trace that is there', async () => {
    const response = await fetch(`${gatewayUrl}/api/v1/users`);
    expect(response.status).toBe(200);
    expect(traceIdOf(response)).toMatch(/^[0-9a-f]{32}$/);
    const shown = await eventually('the look-ups', () => /api\/traces\/([0-9a-f]{32})/.exec(output)?.[1], {
      timeoutMillis: 180_000,
    });
    await eventually(
      'its trace',
      async () => (await fetch(`http://127.0.0.1:3200/api/traces/${shown}`)).ok || undefined,
      { timeoutMillis: 120_000 },
    );
    expect(output).toContain('http://127.0.0.1:8090');
  });

  it('knows the machine it runs on, by its name', async () => {
    const [memory] = await eventually(
      'the host’s memory',
      async () => {
        const found = await promQuery('system_memory_usage_bytes{state="used"}');
        return found.length > 0 ? found : undefined;
      },
      { timeoutMillis: 120_000 },
    );
    expect(memory?.value).toBeGreaterThan(0);
  });

  it('does what the README says, example by example', async () => {
    const examples = [
      ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```sh run\n([^]*?)^```$/gm),
    ].map(([, script]) => script);
    expect(examples.length).toBeGreaterThan(4);
    const bash = spawn('bash', ['-euo', 'pipefail', '-c', examples.join('\n')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    bash.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    bash.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => bash.on('close', resolve));
    if (code !== 0) console.log(said);
    expect(code).toBe(0);
    expect(said).toMatch(/^[0-9a-f]{32}$/m);
    expect(said).toContain('"service.owner"');
    expect(said).toMatch(/"alertname":"HighLatency"/);
    expect(said).toContain('my-service');
  });

  it('says that it already runs when it is started twice', async () => {
    const { code, said } = await commands.run('start');
    expect(code).toBe(1);
    expect(said).toMatch(/already runs here \(pid \d+/);
    // Where each of them is, and no stack trace.
    expect(said.trim().split('\n').length).toBeLessThan(programs.length + 5);
  });

  it('shows a program’s log, and names the nearest for one that there is not', async () => {
    expect((await commands.run('logs', 'gateway', '--lines', '5')).said).toContain('"name":"gateway"');
    const wrong = await commands.run('logs', 'gatway');
    expect(wrong.code).not.toBe(0);
    expect(wrong.said).toContain('gateway');
  });

  it('restarts a program that dies, and says so', async () => {
    const before = (await commands.status()).find(({ name }) => name === 'users');
    process.kill(before?.pid ?? NaN, 'SIGKILL');
    const after = await eventually(
      'users again',
      async () =>
        (await commands.status()).find(
          ({ name, pid, state }) =>
            name === 'users' && state === 'ready' && pid !== null && pid !== before?.pid,
        ),
      { timeoutMillis: 120_000 },
    );
    expect(after.pid).not.toBeNull();
    expect(output).toMatch(/users was killed by SIGKILL; next try in/);
  });

  it('stops everything on Ctrl-C, and leaves no process and no lock behind', async () => {
    const pids = await pidsOfAll();
    launcher.kill('SIGINT');
    expect(await exitCode).toBe(0);
    expectNothingLeft(pids);
    expect((await commands.run('stop')).said).toMatch(/not running|nothing/i);
  });

  it('ends its programs when it is killed itself, and starts again', async () => {
    await start();
    const pids = await pidsOfAll();
    const holder = /already runs here \(pid (\d+)/.exec((await commands.run('start')).said)?.[1];
    process.kill(Number(holder), 'SIGKILL');
    await exitCode;
    await eventually('its programs have ended', () => !pids.some(isRunning) || undefined, {
      timeoutMillis: 180_000,
    });
    await start();
  });

  it('stops everything on npm stop from a second terminal just the same', async () => {
    const pids = await pidsOfAll();
    expect((await commands.run('stop')).code).toBe(0);
    expect(await exitCode).toBe(0);
    expectNothingLeft(pids);
  });

  async function pidsOfAll(): Promise<number[]> {
    const pids = (await commands.status()).flatMap(({ pid }) => (pid === null ? [] : [pid]));
    expect(pids.length).toBeGreaterThan(8);
    return pids;
  }

  function expectNothingLeft(pids: readonly number[]): void {
    expect(pids.filter(isRunning)).toEqual([]);
    expect(readdirSync(join(home, 'run'))).toEqual([]);
  }
});

/** One that ended and that nobody has waited for yet does not run. */
function isRunning(pid: number): boolean {
  return identify(pid) !== undefined;
}
