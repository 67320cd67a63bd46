import { join } from 'node:path';
import { ConfigError } from '@trace/runtime';
import { loadConfig, type Config } from '../../config';

const TRACE_SIM_SERVICE_CONFIG = join(__dirname, '../../../config/sim-service.yaml');
const usersOf = (env: NodeJS.ProcessEnv): Config['users'] =>
  loadConfig({ TRACE_SIM_SERVICE_CONFIG, ...env }).config.users;

describe('DATABASE_URL and REDIS_URL', () => {
  it.each([{}, { DATABASE_URL: '', REDIS_URL: '' }])('may be nothing: %j', (env) => {
    expect(usersOf(env)).toMatchObject({ database: { url: undefined }, cache: { url: undefined } });
  });

  it.each(['postgresql://trace:secret@127.0.0.1:5432/users', 'postgres://db/users?sslmode=require'])(
    'is PostgreSQL: %s',
    (url) => {
      expect(usersOf({ DATABASE_URL: url }).database.url?.href).toBe(url);
    },
  );

  it.each(['redis://:secret@127.0.0.1:6379', 'rediss://cache'])('is Redis: %s', (url) => {
    expect(usersOf({ REDIS_URL: url }).cache.url?.href).toBe(url);
  });

  it.each([
    ['DATABASE_URL', 'mysql://user:secret@127.0.0.1/users'],
    ['DATABASE_URL', 'postgresql:'],
    ['DATABASE_URL', 'user:secret@localhost:5432'],
    ['REDIS_URL', 'http://user:secret@127.0.0.1'],
    ['REDIS_URL', 'localhost:6379'],
  ])('is one line when %s is %s, which tells no password', (name, url) => {
    let problem: unknown;
    try {
      usersOf({ [name]: url });
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(ConfigError);
    const { message } = problem as ConfigError;
    const section = name === 'REDIS_URL' ? 'cache' : 'database';
    expect(message.split('\n')).toHaveLength(1);
    expect(message).toMatch(
      new RegExp(`sim-service\\.yaml: users\\.${section}\\.url: .*expected a URL \\w+://.*\\(${name}\\)`),
    );
    expect(message).not.toContain('secret');
  });
});
