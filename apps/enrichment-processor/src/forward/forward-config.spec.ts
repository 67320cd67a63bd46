import { checkForward, forwardSchema } from './forward-config';

const parse = (section: object): ReturnType<typeof forwardSchema.parse> => forwardSchema.parse(section);

describe('the forward section', () => {
  it('needs an endpoint only', () => {
    expect(parse({ endpoint: '127.0.0.1:4327' })).toMatchObject({
      transport: 'http2-unary',
      timeout: 30_000,
      keepalive: 360_000,
      compression: 'none',
    });
  });

  it.each(['unix:/run/otlp.sock', 'collector.observability:4317', '[::1]:4317'])('takes %s', (endpoint) => {
    expect(() => parse({ endpoint })).not.toThrow();
  });

  it.each(['http://collector:4317', 'collector', 'unix:relative'])('refuses %s', (endpoint) => {
    expect(() => parse({ endpoint })).toThrow(/endpoint/);
  });

  it('says what belongs together, and never prints a token', () => {
    const { tls, bearerToken, ...rest } = parse({
      endpoint: 'collector:4317',
      tls: { certificate: 'client.crt' },
      bearerToken: { token: 'se cret' },
    });
    const problems = checkForward('forward.yaml', { ...rest, tls, bearerToken });
    expect(problems.map(({ path }) => path)).toEqual(['forward.tls.key', 'forward.bearerToken.token']);
    expect(JSON.stringify(problems)).not.toContain('se cret');
    const both = checkForward('forward.yaml', { ...rest, bearerToken: { reloadInterval: 1 } });
    expect(both.map(({ path }) => path)).toEqual(['forward.bearerToken']);
  });

  it('describes every option', () => {
    for (const [name, field] of Object.entries(forwardSchema.shape)) {
      expect([name, field.description !== undefined || 'unwrap' in field]).toEqual([name, true]);
    }
  });
});
