import { loadTelemetryConfig } from './config';

describe('the road of the logs', () => {
  const road = (env: NodeJS.ProcessEnv): readonly [string | undefined, readonly string[]] => {
    const { logsRoadUrl, problems } = loadTelemetryConfig({ ...env });
    return [logsRoadUrl?.href, problems];
  };

  it.each([
    [{}],
    [{ TRACE_LOGS_ROAD: '' }],
    [{ TRACE_LOGS_ROAD: 'otlp', TRACE_LOGS_ROAD_URL: 'nats://there' }],
    [{ TRACE_LOGS_ROAD: 'jetstream', OTEL_LOGS_EXPORTER: 'none' }],
    [{ TRACE_LOGS_ROAD: 'jetstream', OTEL_LOGS_EXPORTER: 'console' }],
  ])('is the direct one with %j', (env) => {
    expect(road(env)).toEqual([undefined, []]);
  });

  it.each([
    [{ TRACE_LOGS_ROAD: 'jetstream' }, 'nats://127.0.0.1:4222'],
    [{ TRACE_LOGS_ROAD: 'jetstream', OTEL_LOGS_EXPORTER: 'otlp' }, 'nats://127.0.0.1:4222'],
    [{ TRACE_LOGS_ROAD: 'jetstream', TRACE_LOGS_ROAD_URL: 'nats://me:x@there:1' }, 'nats://me:x@there:1'],
  ])('is JetStream with %j', (env, url) => {
    expect(road(env)).toEqual([url, []]);
  });

  it('is the direct one, with a line, for what cannot be meant; without the password', () => {
    expect(road({ TRACE_LOGS_ROAD: 'kafka' })).toEqual([
      undefined,
      [expect.stringContaining('TRACE_LOGS_ROAD: got "kafka", expected one of otlp, jetstream')],
    ]);
    const [url, problems] = road({ TRACE_LOGS_ROAD: 'jetstream', TRACE_LOGS_ROAD_URL: 'amqp://me:secret@x' });
    expect([url, problems]).toEqual([undefined, [expect.stringContaining('expected nats://host:port')]]);
    expect(String(problems)).not.toContain('secret');
  });
});
