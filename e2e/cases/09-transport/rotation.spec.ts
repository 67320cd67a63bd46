import { OtlpForwarder, encodeBytesField } from '@trace/otlp';
import { EnrichmentProcessor } from '../../support/enrichment-processor.ts';
import { OtlpCapture } from '../../support/otlp-capture.ts';
import { BareCollector } from './bare-collector.ts';

const CONCURRENT = 16;
const LOAD_MILLIS = 6000;
const AGE_MILLIS = 250;

/**
 * A connection that reaches its age under load. Whatever the Collector cannot send on is an error at the sender, for
 * it neither keeps nor repeats anything: what grpc-go itself does with our GOAWAY must be enough.
 */
describe('connections that reach their age under load', () => {
  const capture = new OtlpCapture();
  const collector = new BareCollector();
  let processor: EnrichmentProcessor;

  beforeAll(async () => {
    await capture.start();
    processor = new EnrichmentProcessor({
      downstream: capture.address,
      receive: { maxConnectionAge: `${AGE_MILLIS}ms`, maxConnectionAgeGrace: '30s' },
    });
    await processor.start();
    await collector.start(`127.0.0.1:${processor.port}`);
  });
  afterAll(async () => {
    await collector.remove();
    await processor.remove();
    await capture.stop();
  });

  it('cost no request, and send none twice', async () => {
    const sender = new OtlpForwarder({
      endpoint: collector.endpoint,
      timeoutMillis: 60_000,
      keepaliveMillis: 360_000,
      keepaliveTimeoutMillis: 60_000,
      maxReconnectMillis: 100,
      maxResponseBytes: 1024 * 1024,
    });
    const end = Date.now() + LOAD_MILLIS;
    const errors: unknown[] = [];
    let count = 0;
    await Promise.all(
      Array.from({ length: CONCURRENT }, async () => {
        while (Date.now() < end) {
          count += 1;
          await sender.export('traces', oneSpan(count)).catch((error: unknown) => errors.push(error));
        }
      }),
    );
    sender.close();
    const ids = capture
      .records('traces', 'rotation')
      .map(({ attributes }) => Number(attributes['e2e.id']))
      .sort((a, b) => a - b);
    console.info(`${count} requests over connections of ${AGE_MILLIS} ms`);
    expect(errors).toEqual([]);
    expect(ids).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(count).toBeGreaterThan(100);
  });
});

/** ExportTraceServiceRequest of one span, which carries its number. */
function oneSpan(id: number): Buffer {
  const idBytes = Buffer.alloc(16);
  idBytes.writeUInt32BE(id, 0);
  const span = Buffer.concat([
    encodeBytesField(1, idBytes),
    encodeBytesField(2, idBytes.subarray(0, 8)),
    encodeBytesField(5, 'rotation'),
    encodeBytesField(9, attribute('e2e.id', String(id))),
  ]);
  return encodeBytesField(
    1,
    Buffer.concat([
      encodeBytesField(1, encodeBytesField(1, attribute('service.name', 'rotation'))),
      encodeBytesField(2, encodeBytesField(2, span)),
    ]),
  );
}

function attribute(key: string, value: string): Buffer {
  return Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, encodeBytesField(1, value))]);
}
