import { EnrichmentProcessor } from '../../support/enrichment-processor.ts';
import { OtlpCapture } from '../../support/otlp-capture.ts';
import { BareCollector } from './bare-collector.ts';
import { sendFor } from './load.ts';

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
    const { count, errors } = await sendFor(LOAD_MILLIS, collector.endpoint);
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
