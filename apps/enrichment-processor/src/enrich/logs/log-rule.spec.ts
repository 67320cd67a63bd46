import type { Derived } from '@trace/otlp';
import fc from 'fast-check';
import { LogRule, type LineOutcome } from './log-rule';
import { logsSchema } from './logs-config';

const config = logsSchema.parse({});
const ACCESS = '198.51.100.7 - frank [10/Oct/2000:13:55:36 -0700]';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

function derive(body: string | undefined, settings = config): { derived?: Derived; outcomes: LineOutcome[] } {
  const outcomes: LineOutcome[] = [];
  const rule = new LogRule(settings, (outcome) => outcomes.push(outcome));
  const derived = rule.derive({ get: () => undefined, resource: () => undefined, body: () => body });
  return { ...(derived && { derived }), outcomes };
}

const fieldsOf = (body: object): unknown => derive(JSON.stringify(body)).derived?.fields;

describe('LogRule', () => {
  it('turns an access log line into HTTP attributes, a severity and a time', () => {
    const line = `${ACCESS} "PUT /orders/7?x=1 HTTP/1.1" 503 12 "https://example.com/" "curl/8.5.0" "192.0.2.9"`;
    expect(derive(line)).toEqual({
      outcomes: ['access_log'],
      derived: {
        attributes: {
          'http.request.method': 'PUT',
          'crud.operation': 'update',
          'url.path': '/orders/7',
          'url.query': 'x=1',
          'network.protocol.name': 'http',
          'network.protocol.version': '1.1',
          'http.response.status_code': 503,
          'http.response.body.size': 12,
          'user_agent.original': 'curl/8.5.0',
          'http.request.header.referer': ['https://example.com/'],
          'http.request.header.x-forwarded-for': ['192.0.2.9'],
          'user.name': 'frank',
          'client.address': '192.0.2.9',
          'network.peer.address': '198.51.100.7',
        },
        fields: { timeUnixNano: 971211336_000_000_000n, severityNumber: 17 },
      },
    });
  });

  it.each([
    ['GET', 'read'],
    ['HEAD', 'read'],
    ['OPTIONS', 'read'],
    ['POST', 'create'],
    ['PUT', 'update'],
    ['PATCH', 'update'],
    ['DELETE', 'delete'],
  ])('%s is to %s', (method, operation) => {
    const { derived } = derive(`${ACCESS} "${method} / HTTP/1.1" 200 1`);
    expect(derived?.attributes).toMatchObject({ 'http.request.method': method, 'crud.operation': operation });
  });

  it.each(['get', 'PROPFIND'])('calls a method that the conventions do not know _OTHER: %s', (method) => {
    const { derived } = derive(`${ACCESS} "${method} / HTTP/1.1" 200 1`);
    expect(derived?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': method,
    });
    expect(derived?.attributes).not.toHaveProperty(['crud.operation']);
  });

  it.each([
    [200, 9],
    [304, 9],
    [404, 13],
    [499, 13],
    [500, 17],
    ['-', 9],
  ])('status %s has severity %i', (status, severityNumber) => {
    expect(derive(`${ACCESS} "GET / HTTP/1.1" ${status} 1`).derived?.fields).toMatchObject({
      severityNumber,
    });
  });

  it('keeps the rest of a line whose request makes no sense', () => {
    const { derived } = derive(`${ACCESS} "\\x16\\x03\\x01" 400 0`);
    expect(derived?.attributes).toEqual({
      'client.address': '198.51.100.7',
      'user.name': 'frank',
      'http.response.status_code': 400,
      'http.response.body.size': 0,
    });
  });

  it('names the virtual host, whose sizes count the headers', () => {
    const { derived } = derive(`www.example.com:443 ${ACCESS} "GET / HTTP/1.1" 200 99 "-" "-"`);
    expect(derived?.attributes).toMatchObject({
      'server.address': 'www.example.com',
      'server.port': 443,
      'http.response.size': 99,
    });
  });

  it('gives no time that is over 63 bits', () => {
    const { derived } = derive('192.0.2.1 - - [31/Dec/9999:00:00:00 +0000] "GET / HTTP/1.1" 200 1');
    expect(derived).toBeUndefined();
  });

  it('fills ids, level, time, session and user from JSON', () => {
    const body = {
      level: 50,
      time: 1_700_000_000_123,
      trace_id: TRACE_ID,
      span_id: SPAN_ID,
      sessionId: 's-1',
      user: { id: 42 },
      msg: 'x',
    };
    expect(derive(` ${JSON.stringify(body)}\n`)).toEqual({
      outcomes: ['json'],
      derived: {
        attributes: { 'session.id': 's-1', 'user.id': '42' },
        fields: {
          traceId: Buffer.from(TRACE_ID, 'hex'),
          spanId: Buffer.from(SPAN_ID, 'hex'),
          severityNumber: 17,
          severityText: 'error',
          timeUnixNano: 1_700_000_000_123_000_000n,
        },
      },
    });
  });

  it.each([
    [{ traceId: TRACE_ID, spanId: SPAN_ID }],
    [{ 'trace.id': TRACE_ID.toUpperCase(), 'span.id': SPAN_ID }],
    [{ trace: { id: TRACE_ID }, span: { id: SPAN_ID } }],
  ])('knows the spelling %j', (body) => {
    expect(fieldsOf(body)).toEqual({
      traceId: Buffer.from(TRACE_ID, 'hex'),
      spanId: Buffer.from(SPAN_ID, 'hex'),
    });
  });

  it.each([
    [{ trace_id: '0'.repeat(32) }],
    [{ trace_id: TRACE_ID.slice(1) }],
    [{ trace_id: `${TRACE_ID.slice(1)}g` }],
    [{ trace_id: 7 }],
    [{ span_id: SPAN_ID }],
    [{ level: 7 }],
    [{ level: 'loud' }],
    [{ level: { name: 'info' } }],
    [{ time: '2023-11-14T22:13:20' }],
    [{ time: '2023-13-14T22:13:20Z' }],
    [{ time: '1969-11-14T22:13:20Z' }],
    [{ time: 12_345 }],
    [{ time: '9999-12-31T00:00:00Z' }],
    [{ time: '2262-04-11T23:47:16.854775808Z' }],
    [{ time: 9_999_999_999 }],
    [{ time: 9_223_372_036_855 }],
    [{ __proto__: { level: 'info' } }],
  ])('fills nothing from %j', (body) => {
    expect(fieldsOf(body)).toEqual({});
  });

  it.each([
    ['info', 9],
    ['WARNING', 13],
    ['Error', 17],
    ['log', 9],
    ['CRITICAL', 21],
    [10, 1],
    [60, 21],
  ])('level %s is severity %i', (level, severityNumber) => {
    expect(fieldsOf({ level })).toMatchObject({ severityNumber });
  });

  it.each([
    ['2023-11-14T22:13:20Z', 1_700_000_000_000_000_000n],
    ['2023-11-14 23:13:20,5+01:00', 1_700_000_000_500_000_000n],
    ['2023-11-14T22:13:20.1234567891Z', 1_700_000_000_123_456_789n],
    ['2262-04-11T23:47:16.854775807Z', 2n ** 63n - 1n],
    [1_700_000_000, 1_700_000_000_000_000_000n],
    [1_700_000_000.25, 1_700_000_000_250_000_000n],
    [1_700_000_000_000.5, 1_700_000_000_000_500_000n],
  ])('time %s', (timestamp, timeUnixNano) => {
    expect(fieldsOf({ timestamp })).toEqual({ timeUnixNano });
  });

  it('counts what it does not know and what it does not look at', () => {
    expect(derive('Server is up')).toEqual({ outcomes: ['unmatched'] });
    expect(derive('{"a":1')).toEqual({ outcomes: ['unmatched'] });
    expect(derive('[1]')).toEqual({ outcomes: ['unmatched'] });
    expect(derive('{"a":'.repeat(4000) + '}')).toEqual({ outcomes: ['too_long'] });
    expect(derive(undefined)).toEqual({ outcomes: [] });
    expect(derive('')).toEqual({ outcomes: [] });
  });

  it('reads only the formats that are on', () => {
    expect(derive('{"level":"info"}', { ...config, json: false }).outcomes).toEqual(['unmatched']);
    expect(derive(`${ACCESS} "-" 200 1`, { ...config, accessLog: false }).outcomes).toEqual(['unmatched']);
  });

  it('answers to any body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (body) => {
        expect(derive(body).outcomes.length).toBe(body === '' ? 0 : 1);
      }),
      { numRuns: 3000 },
    );
  });
});
