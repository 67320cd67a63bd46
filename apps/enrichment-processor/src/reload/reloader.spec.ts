import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '@trace/runtime';
import { type LoadedConfig, loadConfig } from '../config';
import { Reloader } from './reloader';

const INTERVAL_MILLIS = 5000;

describe('Reloader', () => {
  let folder: string;
  let lines: { readonly level: string; readonly msg: string; readonly sections?: string[] }[];
  let applied: LoadedConfig[];
  let outcomes: boolean[];
  let reloader: Reloader;
  beforeEach(() => {
    jest.useFakeTimers();
    folder = mkdtempSync(join(tmpdir(), 'trace-reload-'));
    [lines, applied, outcomes] = [[], [], []];
    writeFileSync(join(folder, 'catalogue.yaml'), 'services: {}\n');
  });
  afterEach(() => {
    reloader.stop();
    jest.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  const file = (): string => join(folder, 'c.yaml');
  const load = (): LoadedConfig => loadConfig({ TRACE_ENRICHMENT_CONFIG: file() });
  const textOf = (timeout: string, rules: readonly string[] = [], catalogue = 'catalogue.yaml'): string =>
    [
      'forward:',
      '  endpoint: 127.0.0.1:4327',
      `  timeout: ${timeout}`,
      'enrich:',
      '  attributes: {}',
      `  catalogue: ${catalogue}`,
      '  privacy:',
      '    keyRules:',
      ...rules.map((rule) => `      - {name: ${rule}, keys: ["${rule}"], action: drop}`),
      ...(rules.length === 0 ? ['      []'] : []),
      '',
    ].join('\n');

  function start(text: string, loadAgain = load): void {
    writeFileSync(file(), text);
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(JSON.parse(chunk.toString()) as (typeof lines)[number]);
        done();
      },
    });
    reloader = new Reloader(load(), {
      load: loadAgain,
      apply: (loaded) => applied.push(loaded),
      onReload: (succeeded) => outcomes.push(succeeded),
      logger: createLogger('test', 'info', sink),
    });
    reloader.start();
  }

  it('takes no file into use that is still being written', () => {
    start(textOf('1s'));
    const text = textOf('1s', ['ssn', 'iban']);
    for (let length = 1; length <= text.length; length += 1) {
      writeFileSync(file(), text.slice(0, length));
      jest.advanceTimersByTime(INTERVAL_MILLIS);
    }
    expect(outcomes).toEqual([]);
    jest.advanceTimersByTime(INTERVAL_MILLIS);
    expect(applied.map(({ config }) => config.enrich.privacy.keyRules.length)).toEqual([2]);
    expect(outcomes).toEqual([true]);
  });

  it('reloads at once when it is asked to', () => {
    start(textOf('1s'));
    writeFileSync(file(), textOf('2s'));
    reloader.reload();
    expect(outcomes).toEqual([true]);
  });

  it('says which sections do not run as they are written, for as long as that is so', () => {
    start(textOf('1s'));
    for (const timeout of ['2s', '2s', '2s', '1s']) {
      writeFileSync(file(), textOf(timeout));
      reloader.reload();
    }
    expect(lines.flatMap(({ sections }) => (sections === undefined ? [] : [sections]))).toEqual([
      ['forward'],
      ['forward'],
      ['forward'],
    ]);
  });

  it('follows the catalogue to where it moves', () => {
    start(textOf('1s'));
    writeFileSync(join(folder, 'moved.yaml'), 'services: {}\n');
    writeFileSync(file(), textOf('1s', [], 'moved.yaml'));
    reloader.reload();
    writeFileSync(join(folder, 'moved.yaml'), 'services: {users: {owner: a}}\n');
    jest.advanceTimersByTime(2 * INTERVAL_MILLIS);
    expect(applied.at(-1)?.catalogue.services.users?.owner).toBe('a');
  });

  it('goes on when the catalogue has moved and is gone again', () => {
    const moved = join(folder, 'moved.yaml');
    let isMoved = false;
    start(textOf('1s'), () => (isMoved ? { ...load(), catalogueFile: moved } : load()));
    isMoved = true;
    reloader.reload();
    expect(outcomes).toEqual([true]);
    expect(lines.filter(({ msg }) => msg.includes('not reloaded'))).toEqual([]);
    writeFileSync(file(), textOf('2s'));
    jest.advanceTimersByTime(2 * INTERVAL_MILLIS);
    expect(outcomes).toEqual([true, true]);
    writeFileSync(moved, 'services: {}\n');
    reloader.reload();
    writeFileSync(moved, 'services: {users: {owner: a}}\n');
    jest.advanceTimersByTime(2 * INTERVAL_MILLIS);
    expect(outcomes).toEqual([true, true, true, true]);
  });

  it('does nothing more once it is stopped', () => {
    start(textOf('1s'));
    writeFileSync(join(folder, 'moved.yaml'), 'services: {}\n');
    writeFileSync(file(), textOf('2s', [], 'moved.yaml'));
    reloader.stop();
    reloader.reload();
    expect(outcomes).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
