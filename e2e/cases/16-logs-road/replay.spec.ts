import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundLine } from '../../support/backends.ts';
import { type CommandEnd, type CommandOptions, launcherCommand } from '../../support/launcher-command.ts';
import { root } from '../../support/paths.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { LINES_A_REQUEST, PATIENCE, Road } from './road.ts';

const REQUESTS = 20;
/** Longer than a service keeps a record before it publishes it (OTEL_BLRP_SCHEDULE_DELAY). */
const BETWEEN_MILLIS = 1000;

describe('a replay of logs', () => {
  let road: Road;
  /** Three groups of requests, and the moments between them. */
  const groups: { readonly traceIds: string[]; readonly endedAt: string }[] = [];

  beforeAll(async () => {
    road = await Road.start();
    await road.services.startForwarder();
    await road.services.start('jetstream');
    for (let group = 0; group < 3; group += 1) {
      const traceIds: string[] = [];
      for (let request = 0; request < REQUESTS; request += 1) traceIds.push(await road.services.ask());
      await road.shown(traceIds);
      await sleep(BETWEEN_MILLIS);
      groups.push({ traceIds, endedAt: new Date().toISOString() });
    }
  });
  afterAll(() => road.close());

  const replay = (args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> =>
    launcherCommand(['replay-logs', ...args], {
      ...options,
      env: { TRACE_LOG_FORWARDER_URL: road.services.forwarderUrl },
    });
  const tracesOf = (lines: readonly FoundLine[]): string[] =>
    [...new Set(lines.map(({ labels }) => labels.trace_id ?? ''))].sort();
  const idsOf = (lines: readonly FoundLine[]): string[] =>
    lines.map(({ labels }) => `${labels.service_name ?? ''} ${labels.trace_id ?? ''}`).sort();
  /** Those of the second group. */
  const window = (): string[] => ['--since', groups[0]?.endedAt ?? '', '--until', groups[1]?.endedAt ?? ''];
  const inWindow = (): string[] => groups[1]?.traceIds ?? [];

  it('counts and forwards nothing with --dry-run', async () => {
    const before = await road.lines();
    const { code, output } = await replay([...window(), '--dry-run']);
    expect(output.at(-1)).toMatch(
      new RegExp(`^${LINES_A_REQUEST * REQUESTS} records in \\d+ messages; nothing was forwarded$`),
    );
    expect(code).toBe(0);
    expect(await road.lines()).toHaveLength(before.length);
  });

  it('doubles no line of a Loki that has them', async () => {
    const before = idsOf(await road.lines());
    expect(before).toHaveLength(LINES_A_REQUEST * REQUESTS * groups.length);
    expect(await replay(['--since', '1h'])).toMatchObject({ code: 0 });
    // Behind all of the replay in the Collector's queue.
    const traceId = await road.services.ask();
    const after = await road.shown([traceId]).then(() => road.lines());
    expect(idsOf(after.filter(({ labels }) => labels.trace_id !== traceId))).toEqual(before);
  });

  it('brings back the lines of a time into an empty Loki, and only those', async () => {
    await road.freshLoki();
    const { code, output } = await replay(window());
    expect(output.at(-1)).toMatch(/^40 records forwarded in [\d.]+ s, none refused$/);
    expect(code).toBe(0);
    const traceId = await road.services.ask();
    const lines = await road.shown([...inWindow(), traceId]).then(() => road.lines());
    const replayed = lines.filter(({ labels }) => labels.trace_id !== traceId);
    expect(tracesOf(replayed)).toEqual([...inWindow()].sort());
    expect(replayed).toHaveLength(LINES_A_REQUEST * REQUESTS);
  });

  it('brings back those of one service with --service', async () => {
    await road.freshLoki();
    expect(await replay([...window(), '--service', 'users'])).toMatchObject({ code: 0 });
    const lines = await road.shown(inWindow(), REQUESTS);
    expect(new Set(lines.map(({ labels }) => labels.service_name))).toEqual(new Set(['users']));
    expect(await replay([...window(), '--service', 'nobody'])).toMatchObject({
      code: 0,
      output: [
        expect.stringContaining('Replaying 0 messages of nobody'),
        expect.stringContaining('0 records'),
      ],
    });
  });

  it.each([
    [[], /^--since is missing: .*e\.g\. npm run logs:replay -- --since 1h$/],
    [['--since', 'yesterday'], /^--since: got "yesterday", expected a duration such as 1h, .*e\.g\. npm run/],
    [['--since', '1h', '--until', '2h'], /^--until: expected a time after --since, e\.g\. npm run/],
    [['--sins', '1h'], /^--sins: there is no such flag; .*e\.g\. npm run/],
  ])('refuses %j in one line', async (args, line) => {
    const { code, output } = await replay(args);
    expect(output).toEqual([expect.stringMatching(line)]);
    expect(code).toBe(2);
  });

  it('ends at Ctrl-C with what was done, and leaves the forwarder as it was', async () => {
    await road.collector.stop('SIGKILL');
    const isRunning = eventually(
      'the replay runs',
      async () => {
        const { body } = await road.services.forwarder('GET', '/replay');
        return (body as { running: boolean }).running || undefined;
      },
      PATIENCE,
    );
    const second = isRunning.then(() => replay(['--since', '1h']));
    const { code, output } = await replay(['--since', '1h'], { interruptAfter: second });
    // One at a time.
    expect(await second).toMatchObject({ code: 1, output: ['Conflict: a replay is running already'] });
    expect(output.slice(-2)).toEqual([
      expect.stringMatching(/^0 records forwarded in/),
      'Not all of it: stopped',
    ]);
    expect(code).toBe(1);
    await road.collector.start();
    await road.shown([await road.services.ask()]);
  });

  it('does what docs/logs-road.md says', async () => {
    const scripts = [
      ...readFileSync(join(root, 'docs/logs-road.md'), 'utf8').matchAll(/^```sh run\n([^]*?)^```$/gm),
    ].map(([, script = '']) => script.replaceAll('localhost:8087', new URL(road.services.forwarderUrl).host));
    expect(scripts.length).toBeGreaterThan(1);
    const bash = spawn('bash', ['-euo', 'pipefail', '-c', scripts.join('\n')], {
      cwd: root,
      env: { ...process.env, TRACE_LOG_FORWARDER_URL: road.services.forwarderUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [bash.stdout, bash.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => bash.on('close', resolve));
    if (code !== 0) console.log(said);
    expect(code).toBe(0);
    expect(said).toContain('log_forwarder_pending_messages 0');
  });

  it('says that there is no forwarder', async () => {
    await road.services.stopForwarder();
    const { code, output } = await replay(['--since', '1h']);
    expect(output).toEqual([expect.stringMatching(/does not answer; TRACE_LOGS_ROAD=jetstream npm start/)]);
    expect(code).toBe(1);
  });
});
