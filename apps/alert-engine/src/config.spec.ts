import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type LoadedConfig } from './config';

const URL_OF_DATABASE = 'postgresql://trace:planted@database/trace';

describe('the place of the state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-config-'));
  const file = join(folder, 'alert-engine.yaml');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const load = (state: object, env: NodeJS.ProcessEnv = {}): LoadedConfig => {
    writeFileSync(file, JSON.stringify({ evaluate: { rules: [] }, state }));
    return loadConfig({ TRACE_ALERT_CONFIG: file, ...env });
  };
  const problem = (...args: Parameters<typeof load>): string => {
    try {
      load(...args);
    } catch (error) {
      return String(error);
    }
    return 'none';
  };

  it('is a file without any', () => {
    expect(load({}).stateFile).toBe(join('.trace', 'data', 'alert-engine', 'state.sqlite'));
    expect(load({ file: '/data/state.sqlite' }).stateFile).toBe('/data/state.sqlite');
  });

  it('is the database of the environment where the file refers to it', () => {
    const { config } = load(
      { database: { url: '${env:TRACE_ALERT_DATABASE_URL:-}' } },
      { TRACE_ALERT_DATABASE_URL: URL_OF_DATABASE },
    );
    expect(config.state.database.url?.href).toBe(URL_OF_DATABASE);
  });

  it('is not a file while the environment has a database that is not referred to', () => {
    const said = problem({}, { TRACE_ALERT_DATABASE_URL: URL_OF_DATABASE });
    expect(said).toContain('state.database.url: nothing is set, expected ${env:TRACE_ALERT_DATABASE_URL:-}');
    expect(said).not.toContain('planted');
  });

  it('is not both', () => {
    const said = problem({ file: '/data/state.sqlite', database: { url: URL_OF_DATABASE } });
    expect(said).toContain(
      'state.file: got "/data/state.sqlite", expected nothing, as the state is in the database',
    );
    expect(said).not.toContain('planted');
  });
});
