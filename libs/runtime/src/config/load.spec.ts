import { z } from 'zod';
import { ConfigError, type ConfigProblem, configProblem } from './config-error';
import { loadEnvConfig, loadYamlConfig, parseYamlConfig } from './load';
import { byteSize, duration } from './units';

const schema = z.strictObject({
  listen: z.strictObject({ host: z.string(), port: z.int().min(0).max(65535) }),
  timeout: duration().default('5s' as never),
  limit: byteSize().optional(),
  level: z.enum(['debug', 'info', 'warn']).default('info'),
  rules: z.array(z.strictObject({ window: duration() })).default([]),
});

function linesOf(text: string): string[] {
  try {
    parseYamlConfig('a.yaml', text, schema);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  throw new Error('was accepted');
}

describe('configuration', () => {
  it('is validated, converted and frozen deeply', () => {
    const config = parseYamlConfig(
      'a.yaml',
      'listen: {host: localhost, port: 1}\nlimit: 1.5MiB\nrules: [{window: 250ms}, {window: 7d}]',
      schema,
    );
    expect(config.limit).toBe(1_572_864);
    expect(config.rules).toEqual([{ window: 250 }, { window: 604_800_000 }]);
    expect(Object.isFrozen(config.listen) && Object.isFrozen(config.rules[0])).toBe(true);
  });

  it.each([
    ['listen: {host: h, port: 70000}', 'a.yaml: listen.port: got 70000, expected a number of at most 65535'],
    [
      'listen: {host: h, port: 1}\nlevel: inf',
      'a.yaml: level: got "inf", expected one of debug, info, warn (did you mean "info"?)',
    ],
    [
      'listen: {host: h, prot: 1, port: 1}',
      'a.yaml: listen.prot: got "prot", expected one of the keys host, port (did you mean "port"?)',
    ],
    [
      'listen: {host: h, port: 1}\nrules: [{window: 30x}]',
      'a.yaml: rules[0].window: got "30x", expected a duration such as "250ms", "30s", "5m", "2h" or "7d"',
    ],
    ['listen: {port: 1}', 'a.yaml: listen.host: nothing is set, expected a value of type string'],
    ['listen: {host: h, port: 1}\nrules: 5', 'a.yaml: rules: got 5, expected a value of type array'],
  ])('names file, path, value and expectation: %s', (text, line) => {
    expect(linesOf(text)).toEqual([line]);
  });

  it('reports every mistake, a line each', () => {
    expect(linesOf('listen: {host: 1, port: x}')).toHaveLength(2);
  });

  it('says where the YAML itself is broken', () => {
    expect(linesOf('listen:\n  host: h\n port: 1')[0]).toMatch(
      /^a\.yaml:3:\d+: got "port: 1", expected valid YAML/,
    );
  });

  it('does not expand aliases without bound', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      'b: &b [*a,*a,*a,*a,*a,*a]',
      'c: &c [*b,*b,*b,*b,*b,*b]',
      'd: [*c,*c,*c,*c]',
    ];
    expect(() => parseYamlConfig('a.yaml', bomb.join('\n'), schema)).toThrow(/alias/i);
  });

  it('names a file that cannot be read', () => {
    expect(() => loadYamlConfig('no-such.yaml', schema)).toThrow(
      'no-such.yaml: nothing is set, expected a file that can be read (ENOENT)',
    );
  });

  it('reads only the variables that it names, and takes an empty one as not set', () => {
    const env = loadEnvConfig(z.object({ A: z.string().default('a'), B: z.string().optional() }), {
      A: '',
      B: 'b',
      C: 'c',
    });
    expect(env).toEqual({ A: 'a', B: 'b' });
  });
});

describe('references to the environment', () => {
  const strings = z.record(z.string(), z.unknown());

  it('are replaced by text, or by their default when the variable is not set or empty', () => {
    const text = 'a: "${env:A}/${env:B:-b}"\nlist: ["${env:A}"]\nnested: {c: "${env:EMPTY:-}"}\nn: 3';
    expect(parseYamlConfig('a.yaml', text, strings, { A: '1', EMPTY: '' })).toEqual({
      a: '1/b',
      list: ['1'],
      nested: { c: '' },
      n: 3,
    });
    expect(parseYamlConfig('a.yaml', 'a: "${env:A}"', strings)).toEqual({ a: '${env:A}' });
  });

  it('to a variable that is not set are mistakes, with its nearest name', () => {
    const parse = (): unknown =>
      parseYamlConfig('a.yaml', 'enrich: {region: "${env:REGON}"}', strings, { REGION: 'eu' });
    expect(parse).toThrow(
      'a.yaml: enrich.region: got "${env:REGON}", expected the environment variable REGON to be set, or a default as in ${env:REGON:-default} (did you mean "REGION"?)',
    );
  });
});

describe('what is secret', () => {
  const secrets = z.strictObject({
    bearerToken: z.strictObject({ token: z.string().optional(), file: z.string().optional() }).optional(),
    hash: z.strictObject({ API_KEY: z.int(), 'client-secret': z.int() }).partial().optional(),
    keyRules: z.array(z.strictObject({ action: z.enum(['drop', 'mask']) })).optional(),
    port: z.union([z.int(), z.enum(['any'])]).optional(),
    host: z.string().optional(),
    receivers: z.array(z.strictObject({ webhook: z.strictObject({ url: z.int() }) })).optional(),
  });
  const messageOf = (text: string, check?: (config: z.output<typeof secrets>) => ConfigProblem[]): string => {
    try {
      parseYamlConfig('a.yaml', text, secrets, { TOK: 'hunter2' }, check);
    } catch (error) {
      if (error instanceof ConfigError) return `${error.message} ${JSON.stringify(error.problems)}`;
      throw error;
    }
    throw new Error('was accepted');
  };

  it.each([
    'bearerToken: hunter2',
    'bearerToken: ${env:TOK}',
    'bearerToken: [{token: hunter2}]',
    'bearerToken: {token: [hunter2]}',
    'bearerToken: {tokn: hunter2}',
    'hash: {API_KEY: hunter2}',
    'hash: {client-secret: hunter2}',
    'hash: [{API_KEY: hunter2}]',
    'receivers: [{webhook: {url: https://chat.example/hunter2}}]',
    'port: "amqp://user:hunter2@host"',
    'port: "nats://host/?password=hunter2"',
    'port: ${env:TOK}',
    'port: x${env:NONE:-hunter2}',
    'port: ["${env:TOK}"]',
    'bearerToken: {token: "hunter2}',
    'bearerToken: {token: *hunter2}',
    'bearerToken:\n  token:\n    "hunter2" x',
  ])('is not shown: %s', (text) => {
    expect(messageOf(text)).not.toContain('hunter2');
    expect(messageOf(text)).toContain('a.yaml');
  });

  it('is not shown when it is a number', () => {
    expect(messageOf('bearerToken: {token: 12345678}')).toMatch(
      /^a\.yaml: bearerToken\.token: got a value that is not shown, expected a value of type string/,
    );
  });

  it('is not shown by a check of the program’s own', () => {
    const check = ({ host, bearerToken }: z.output<typeof secrets>): ConfigProblem[] => [
      configProblem('a.yaml', 'host', host, 'another'),
      configProblem('a.yaml', 'bearerToken.token', bearerToken?.token, 'another'),
    ];
    const message = messageOf('host: ${env:TOK}\nbearerToken: {token: hunter2}', check);
    expect(message).not.toContain('hunter2');
    expect(message.match(/got a value that is not shown/g)).toHaveLength(2);
    expect(messageOf('host: shown', check)).toContain('a.yaml: host: got "shown"');
  });

  it('is only what its name says', () => {
    expect(messageOf('keyRules: [{action: dorp}]')).toContain('keyRules[0].action: got "dorp"');
  });
});
