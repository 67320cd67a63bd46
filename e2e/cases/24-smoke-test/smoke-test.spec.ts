import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ProgramName } from '../../../launcher/src/programs/program.ts';
import { root } from '../../support/paths.ts';
import { backends, dataPath, Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

const places = {
  TRACE_COLLECTOR_URL: 'http://127.0.0.1:4318',
  TRACE_COLLECTOR_HOST: 'localhost',
  TRACE_TEMPO_URL: 'http://127.0.0.1:3200',
  TRACE_LOKI_URL: 'http://127.0.0.1:3100',
  TRACE_PROMETHEUS_URL: 'http://127.0.0.1:9090',
  TRACE_ALERT_ENGINE_URL: 'http://127.0.0.1:8090',
};

describe('the test of an installation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-smoke-test-'));
  let stack: Stack;
  let webhook: WebhookReceiver;
  const sessions: ServerHttp2Session[] = [];

  beforeAll(async () => {
    const config = join(folder, 'alert-engine.yaml');
    const rules = join(root, 'apps/alert-engine/config/rules/smoke-test.yaml');
    writeFileSync(config, JSON.stringify({ evaluate: { rules: [rules] } }));
    webhook = await WebhookReceiver.start();
    stack = await Stack.start({
      programs: [...backends, ...dataPath],
      changes: { 'alert-engine': { env: { TRACE_ALERT_CONFIG: config, TRACE_WEBHOOK_URL: webhook.url } } },
    });
  });
  afterAll(async () => {
    await stack.stop();
    await webhook.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Each line that it prints, and its exit code; with a break it is given less time than a person gives it. */
  async function run(
    seconds: number,
    changes: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number; lines: string[] }> {
    const env = { ...places, TRACE_SMOKE_TEST_SECONDS: String(seconds), ...changes };
    const program = join(root, 'e2e/smoke-test/main.ts');
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
      return { code: 0, lines: stdout.trim().split('\n') };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { code, lines: stdout.trim().split('\n') };
    }
  }

  /** The next test begins well: the Collector's gRPC client waits before it looks for a Tempo that was away. */
  async function mended(): Promise<void> {
    await eventually('all is well again', async () => (await run(50)).code === 0 || undefined, {
      timeoutMillis: 180_000,
    });
  }

  const failed = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('FAILED'));

  it('finds what it sent in each backend, and sees its alert delivered', async () => {
    const { code, lines } = await run(50);
    console.log(lines.join('\n'));
    expect(failed(lines)).toEqual([]);
    expect(code).toBe(0);
    expect(lines.map((line) => line.split(':', 1)[0])).toEqual(
      expect.arrayContaining([
        'ok      sent',
        'ok      traces',
        'ok      logs',
        'ok      metrics',
        'ok      alert',
      ]),
    );
    expect(webhook.alerts().map(({ labels }) => labels.alertname)).toContain('SmokeTest');
  });

  it('says what it does not look at', async () => {
    const { code, lines } = await run(50, { TRACE_LOKI_URL: '', TRACE_ALERT_ENGINE_URL: '' });
    expect(code).toBe(0);
    expect(lines).toEqual(
      expect.arrayContaining([
        'skipped logs: no address of Loki is set',
        'skipped alert: there is no alert engine',
      ]),
    );
  });

  it.each<[ProgramName, Record<string, RegExp>]>([
    [
      'otelcol',
      { sent: /^FAILED {2}sent: this pod → Collector: the Collector does not answer at .*: ECONNREFUSED$/ },
    ],
    [
      'enrichment-processor',
      {
        traces:
          /it is not there\. Broken: Collector → enrichment processor: \d+ bytes wait\. And the enrichment processor does not answer at .*: ECONNREFUSED$/,
        logs: /Broken: Collector → enrichment processor: \d+ bytes wait\./,
        metrics: /Broken: Collector → enrichment processor: \d+ bytes wait\./,
        alert: /it does not fire\. Broken: Collector → enrichment processor: \d+ bytes wait\.$/,
      },
    ],
    [
      'tempo',
      { traces: /Tempo does not answer at .*: ECONNREFUSED\. Broken: Collector → Tempo: \d+ bytes wait\./ },
    ],
    [
      'loki',
      { logs: /Loki does not answer at .*: ECONNREFUSED\. Broken: Collector → Loki: \d+ bytes wait\./ },
    ],
    [
      'prometheus',
      {
        metrics:
          /Prometheus does not answer at .*: ECONNREFUSED\. Broken: Collector → Prometheus: \d+ bytes wait\./,
      },
    ],
    [
      'alert-engine',
      { alert: /the alert engine does not answer at .*: ECONNREFUSED\. Broken: Collector → alert engine/ },
    ],
  ])('without %s it says which hop is broken, and only that', async (name, expected) => {
    const program = stack.program(name);
    await program.stop();
    try {
      const { code, lines } = await run(15);
      expect(code).toBe(1);
      const said = new Map(failed(lines).map((line) => [/^FAILED {2}(\w+)/.exec(line)?.[1], line]));
      expect([...said.keys()].sort()).toEqual(Object.keys(expected).sort());
      for (const [what, text] of Object.entries(expected)) expect(said.get(what)).toMatch(text);
    } finally {
      await program.start();
      await mended();
    }
  });

  it('says that spans are given up when something else answers in the place of Tempo', async () => {
    const program = stack.program('tempo');
    await program.stop();
    const stranger = createServer();
    stranger.on('stream', (stream) => {
      stream.respond({ ':status': 404 }, { endStream: true });
    });
    stranger.on('session', (session) => sessions.push(session));
    await new Promise<void>((resolve) => stranger.listen(14317, '127.0.0.1', resolve));
    try {
      const { code, lines } = await run(15);
      expect(code).toBe(1);
      expect(failed(lines)).toEqual([
        expect.stringMatching(/Broken: Collector → Tempo: [1-9]\d* spans were given up since it started\./),
      ]);
    } finally {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => stranger.close(resolve));
      await program.start();
      await mended();
    }
  });

  it('says that nobody hears of alerts when the receiver is away', async () => {
    await webhook.stop();
    const { code, lines } = await run(15);
    expect(code).toBe(1);
    expect(failed(lines)).toEqual([
      expect.stringMatching(
        /^FAILED {2}alert: .*: it fires\. Broken: alert engine → receiver webhook: no answer yet/,
      ),
    ]);
  });
});
