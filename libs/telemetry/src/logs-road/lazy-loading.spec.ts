import { Child, freePort, OtlpSink } from '../testing';

/** Logs a record, sends it or tries to, and says whether the NATS client is loaded. */
const program = (deadlineMillis: number): string => `
const telemetry = require('@trace/telemetry').startTelemetry();
require('@opentelemetry/api').logs.getLogger('test').emit({ body: 'hello' });
telemetry.shutdown(${deadlineMillis}).then(() => {
  const isLoaded = Object.keys(require.cache).some((file) => /[\\\\/]@nats-io[\\\\/]/.test(file));
  console.log(JSON.stringify({ msg: 'sent', isLoaded }));
  process.exit();
});`;

describe('the NATS client', () => {
  let sink: OtlpSink;
  beforeAll(async () => {
    sink = await OtlpSink.listen();
  });
  afterAll(() => sink.close());

  it('is not loaded by a service whose records go straight', async () => {
    const child = Child.start(['-e', program(30_000)], sink.env);
    expect(await child.line('sent')).toMatchObject({ isLoaded: false });
    expect(sink.logs).toMatchObject([{ body: 'hello' }]);
  });

  it('is loaded by one that takes the road, which sends nothing straight', async () => {
    const before = sink.logs.length;
    const child = Child.start(['-e', program(1000)], {
      ...sink.env,
      TRACE_LOGS_ROAD: 'jetstream',
      TRACE_LOGS_ROAD_URL: `nats://127.0.0.1:${await freePort()}`,
    });
    expect(await child.line('sent')).toMatchObject({ isLoaded: true });
    expect(sink.logs).toHaveLength(before);
  });
});
