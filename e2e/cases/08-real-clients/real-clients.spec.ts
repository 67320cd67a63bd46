import type { Signal } from '@trace/otlp';
import { OtlpError } from '@trace/otlp';
import { type CertificateFiles, makeCertificates } from '../../support/certificates.ts';
import { notInstalled } from '../../support/commands.ts';
import { EnrichmentProcessor } from '../../support/enrichment-processor.ts';
import { OtlpCapture } from '../../support/otlp-capture.ts';
import { eventually, sleep } from '../../support/wait.ts';
import { CollectorClient } from './clients/collector/collector.ts';
import { GrpcJsClient } from './clients/grpc-js/grpc-js.ts';
import { JavaAgentClient } from './clients/java/java.ts';
import { PythonClient } from './clients/python/python.ts';
import { type GivenUp, type RealClient, type Work } from './clients/real-client.ts';

const SIGNALS: readonly Signal[] = ['traces', 'logs', 'metrics'];
const ARRIVE_MILLIS = 120_000;
/** Three tries of three steps, each with five minutes. */
const INSTALL_MILLIS = 3 * 3 * 310_000;
const MIB = 1024 ** 2;
const SMALL = { perRound: 100, rounds: 2, pauseMillis: 0, paddingCharacters: 16, compression: 'none' };
/** 4 MiB a request, the most that grpc-go and the Collector take by default. */
const LARGE = { ...SMALL, perRound: 500, rounds: 1, paddingCharacters: 8 * 1024 };
/** For things that happen meanwhile. */
const STEADY = { ...SMALL, perRound: 10, rounds: 120, pauseMillis: 100 };

const clients: readonly RealClient[] = [
  new CollectorClient(),
  new GrpcJsClient(),
  new PythonClient(),
  new JavaAgentClient(),
];

describe.each(clients.map((client) => [client.name, client] as const))('%s', (_, client) => {
  const missing = notInstalled(client.needs);
  if (missing.length > 0) console.warn(`SKIPPED: ${client.name}: not on this machine: ${missing.join(', ')}`);
  const capture = new OtlpCapture();
  let processor: EnrichmentProcessor | undefined;
  let service = '';
  let runs = 0;

  beforeAll(async () => {
    if (missing.length === 0) await client.install();
    await capture.start();
  }, INSTALL_MILLIS);
  afterAll(() => capture.stop());

  beforeEach(() => {
    capture.clear();
    capture.refuse = () => undefined;
    runs += 1;
    service = `client-${runs}`;
  });
  afterEach(async () => {
    await processor?.remove();
    processor = undefined;
  });

  const test = missing.length === 0 ? it : it.skip;

  async function start(receive: Readonly<Record<string, unknown>> = {}): Promise<EnrichmentProcessor> {
    processor = new EnrichmentProcessor({ downstream: capture.address, receive });
    await processor.start();
    return processor;
  }

  function work(to: EnrichmentProcessor, size: Omit<Work, 'service' | 'port'>): Work {
    return { ...size, service, port: to.port };
  }

  /** Every id of every signal is there but those given up, and each record's resource has what the processor adds. */
  async function expectAll({ perRound, rounds }: Work, gaveUp: GivenUp = {}): Promise<void> {
    const ids = Array.from({ length: perRound * rounds }, (_unused, index) => String(index));
    for (const signal of SIGNALS) {
      await eventually(
        `all ${signal}`,
        () => {
          const there = new Set(
            capture.records(signal, service).map(({ attributes }) => attributes['e2e.id']),
          );
          const absent = ids.filter((id) => !there.has(id));
          if (absent.length <= (gaveUp[signal] ?? 0)) return true;
          throw new Error(
            `${absent.length} of ${ids.length} are missing: ${absent.slice(0, 5).join(', ')} …; given up: ${gaveUp[signal] ?? 0}`,
          );
        },
        { timeoutMillis: ARRIVE_MILLIS },
      );
      for (const { resource } of capture.records(signal, service)) {
        expect(resource).toMatchObject(EnrichmentProcessor.attributes);
      }
    }
  }

  /** Nothing was tried twice where nothing was in the way. */
  async function expectAllAnsweredOk(to: EnrichmentProcessor): Promise<void> {
    const answered = await to.metric('trace_enrichment_requests_total');
    expect(answered).toBeGreaterThanOrEqual(SIGNALS.length);
    expect(await to.metric('trace_enrichment_requests_total', { outcome: 'OK' })).toBe(answered);
  }

  for (const compression of client.compressions) {
    test(`delivers all three signals, enriched; compression: ${compression}`, async () => {
      const to = await start();
      const job = work(to, { ...SMALL, compression });
      await client.send(job);
      await expectAll(job);
      await expectAllAnsweredOk(to);
    });

    test(`delivers requests of 4 MiB; compression: ${compression}`, async () => {
      const to = await start();
      const job = work(to, { ...LARGE, compression });
      await client.send(job);
      await expectAll(job);
      await expectAllAnsweredOk(to);
      expect(capture.largestRequestBytes('traces')).toBeGreaterThan(MIB);
      const receivedBytes = await to.metric('trace_enrichment_received_bytes_total', { signal: 'traces' });
      if (compression === 'none') expect(receivedBytes).toBeGreaterThan(3 * MIB);
      else expect(receivedBytes).toBeLessThan(MIB);
    });
  }

  test('tries again after RESOURCE_EXHAUSTED with RetryInfo', async () => {
    const to = await start();
    const refusals = new Map<Signal, number>();
    capture.refuse = (signal) => {
      const count = (refusals.get(signal) ?? 0) + 1;
      refusals.set(signal, count);
      if (count <= 2) throw new OtlpError('RESOURCE_EXHAUSTED', 'busy', { retryAfterMillis: 200 });
    };
    const job = work(to, SMALL);
    await client.send(job);
    await expectAll(job);
    for (const signal of SIGNALS) expect(refusals.get(signal)).toBeGreaterThan(2);
  });

  test('survives restarts and the GOAWAY of connections that are old', async () => {
    const to = await start({ maxConnectionAge: '3s', maxConnectionAgeGrace: '60s' });
    const restarts = (async (): Promise<void> => {
      const arrived = (): true | undefined => capture.records('traces', service).length > 0 || undefined;
      await eventually('the first spans', arrived, { timeoutMillis: 180_000 });
      for (let restart = 0; restart < 3; restart += 1) {
        await sleep(1000);
        await to.restart();
      }
    })();
    const job = { ...work(to, STEADY), until: restarts };
    const [gaveUp] = await Promise.all([client.send(job), restarts]);
    await expectAll(job, gaveUp);
  });

  describe('TLS', () => {
    let files: CertificateFiles;
    beforeAll(() => {
      files = makeCertificates();
    });

    const tls = (): Record<string, string> => ({
      certificate: files.serverCertificate,
      key: files.serverKey,
    });

    test('delivers over TLS', async () => {
      const job = { ...work(await start({ tls: tls() }), SMALL), tls: { files, mutual: false } };
      await client.send(job);
      await expectAll(job);
    });

    test('delivers over mutual TLS', async () => {
      const to = await start({ tls: { ...tls(), clientCa: files.ca } });
      const job = { ...work(to, SMALL), tls: { files, mutual: true } };
      await client.send(job);
      await expectAll(job);
    });
  });
});
