import { z } from 'zod';
import { type ReceiveConfig, checkReceive, plaintextWarning, receiveSchema } from './receive-config';
import { receiverOptions } from './receiver-options';

const parse = (input: z.input<typeof receiveSchema>): ReceiveConfig => receiveSchema.parse(input);

describe('the receive section', () => {
  it('describes every field, for docs/enrichment.md', () => {
    const fields = (schema: z.core.JSONSchema.BaseSchema, path = ''): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
        if (typeof field === 'boolean') return [];
        return [...(field.description === undefined ? [`${path}${name}`] : []), ...fields(field, `${name}.`)];
      });
    expect(fields(z.toJSONSchema(receiveSchema, { io: 'input' }))).toEqual([]);
  });

  it.each<[string, z.input<typeof receiveSchema>, string]>([
    ['too little for one request', { maxInFlightBytes: '1MiB' }, 'receive.maxInFlightBytes'],
    ['TLS on a socket', { socket: '/s', tls: { certificate: 'c', key: 'k' } }, 'receive.socket'],
    ['no token', { bearerToken: {} }, 'receive.bearerToken'],
    ['two tokens', { bearerToken: { file: 'f', token: 't' } }, 'receive.bearerToken'],
    ['an empty token', { bearerToken: { token: '' } }, 'receive.bearerToken.token'],
  ])('is refused with %s', (_what, input, path) => {
    expect(checkReceive('f.yaml', parse(input)).map((problem) => problem.path)).toEqual([path]);
  });

  it('never shows a token', () => {
    const problems = checkReceive('f.yaml', parse({ bearerToken: { token: 'se cret' } }));
    expect(JSON.stringify(problems)).not.toContain('cret');
  });

  it.each<[z.input<typeof receiveSchema>, boolean]>([
    [{}, false],
    [{ host: 'localhost' }, false],
    [{ host: '127.8.8.8' }, false],
    [{ host: '::1' }, false],
    [{ host: '0.0.0.0' }, true],
    [{ host: '::' }, true],
    [{ host: '10.1.2.3' }, true],
    [{ host: 'example.com' }, true],
    [{ host: '0.0.0.0', tls: { certificate: 'c', key: 'k' } }, false],
    [{ host: '0.0.0.0', socket: '/s' }, false],
  ])('with %j warns of plaintext beyond loopback: %s', (input, warns) => {
    expect(plaintextWarning(parse(input)) !== undefined).toBe(warns);
  });

  it('finds its files beside the configuration', () => {
    const receive = parse({
      tls: { certificate: 'tls/cert.pem', key: '/keys/key.pem', clientCa: 'ca.pem' },
      bearerToken: { file: 'token' },
      maxConnectionAge: '5m',
    });
    expect(receiverOptions({ receive, forward: { timeout: 1000 } }, '/etc/trace/p.yaml')).toMatchObject({
      tls: {
        certificateFile: '/etc/trace/tls/cert.pem',
        keyFile: '/keys/key.pem',
        clientCaFile: '/etc/trace/ca.pem',
      },
      bearerToken: { file: '/etc/trace/token' },
      maxConnectionAgeMillis: 300_000,
    });
  });
});
