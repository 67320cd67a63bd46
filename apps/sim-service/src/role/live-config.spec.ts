import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '@trace/runtime';
import { loadConfig, type Config } from '../config';
import { LiveConfig } from './live-config';

const SHIPPED = join(__dirname, '../../config/sim-service.yaml');

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly problems?: readonly string[];
  readonly sections?: readonly string[];
}

describe('the configuration of a running role', () => {
  let folder: string;
  let file: string;
  let lines: Line[];
  let seen: Config[];
  let live: LiveConfig;
  const logger = createLogger(
    'test',
    'info',
    new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(JSON.parse(chunk.toString()) as Line);
        done();
      },
    }),
  );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sim-live-'));
    file = join(folder, 'sim-service.yaml');
    [lines, seen] = [[], []];
    logger.level = 'info';
    writeFileSync(file, readFileSync(SHIPPED));
    const load = (): ReturnType<typeof loadConfig> => loadConfig({ TRACE_SIM_SERVICE_CONFIG: file });
    live = new LiveConfig(load(), load, logger);
    live.onChange((config) => seen.push(config));
  });
  afterEach(() => {
    live.stop();
    rmSync(folder, { recursive: true });
  });

  const change = (from: string, to: string): void => {
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  };

  it('follows the file', async () => {
    live.start();
    change('requestsPerSecond: 5', 'requestsPerSecond: 7');
    change('logLevel: info', 'logLevel: debug');
    while (seen.length === 0) {
      utimesSync(file, new Date(), new Date()); // what was written before the watcher's first look is no change to it
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen[0]?.load.requestsPerSecond).toBe(7);
    expect(logger.level).toBe('debug');
    expect(lines.map(({ msg }) => msg)).toEqual(['configuration reloaded']);
  });

  it('stays as it is while there is a mistake in the file, and says which', () => {
    change('requestsPerSecond: 5', 'requestsPerSecond: many');
    live.reload();
    expect(seen).toEqual([]);
    expect(lines).toMatchObject([
      { level: 'warn', problems: [expect.stringContaining('load.requestsPerSecond')] },
    ]);
  });

  it('says of what waits for the next start that it does', () => {
    change('port: 8080', 'port: 8088');
    live.reload();
    expect(lines.map(({ sections }) => sections)).toEqual([undefined, ['gateway']]);
  });
});
