import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@trace/telemetry/testing';
import { eventually, NeverWill, sleep } from '../../../../support/wait.ts';
import type { GivenUp, RealClient, Work } from '../real-client.ts';
import { terminate } from '../../../../support/terminate.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;
const READY_MILLIS = 180_000;
const POST_MILLIS = 240_000;

/** grpc-go: the real Collector's otlp_grpc exporter, which is what stands in front of the processor. */
export class CollectorClient implements RealClient {
  readonly name = 'grpc-go (Collector)';
  readonly compressions = ['none', 'gzip', 'zstd'];
  readonly needs = [];

  async install(): Promise<void> {
    await Promise.resolve(collectorBinary());
  }

  async send(work: Work): Promise<GivenUp> {
    const folder = mkdtempSync(join(tmpdir(), 'trace-e2e-collector-'));
    const port = await freePort();
    const file = join(folder, 'collector.yaml');
    writeFileSync(file, JSON.stringify(collectorConfig(work, port)));
    const child = spawn(collectorBinary(), ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
    try {
      await listens(port, child);
      await this.#post(work, `http://127.0.0.1:${port}`);
    } catch (error) {
      throw new Error(`${String(error)}; the Collector's log: ${log}`, { cause: error });
    } finally {
      await terminate(child);
      rmSync(folder, { recursive: true });
    }
    return {};
  }

  /** Without a queue in the exporter, an answer means that the data are through. */
  async #post(work: Work, url: string): Promise<void> {
    for (let round = 0; round < work.rounds; round += 1) {
      const ids = Array.from({ length: work.perRound }, (_, index) => String(round * work.perRound + index));
      await Promise.all(
        SIGNALS.map(async (signal) => {
          const response = await fetch(`${url}/v1/${signal}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(requestBody(signal, work, ids)),
            signal: AbortSignal.timeout(POST_MILLIS),
          });
          // The exporter has tried again what can be; what comes back here would be lost.
          if (!response.ok) throw new Error(`${signal}: ${response.status} ${await response.text()}`);
        }),
      );
      await sleep(work.pauseMillis);
    }
  }
}

function collectorConfig({ port, compression, tls }: Work, httpPort: number): unknown {
  const pipeline = { receivers: ['otlp'], exporters: ['otlp_grpc'] };
  return {
    receivers: {
      otlp: {
        protocols: { http: { endpoint: `127.0.0.1:${httpPort}`, max_request_body_size: 64 * 1024 ** 2 } },
      },
    },
    exporters: {
      otlp_grpc: {
        endpoint: `127.0.0.1:${port}`,
        compression,
        tls:
          tls === undefined
            ? { insecure: true }
            : {
                ca_file: tls.files.ca,
                ...(tls.mutual && { cert_file: tls.files.clientCertificate, key_file: tls.files.clientKey }),
              },
        timeout: '30s',
        sending_queue: { enabled: false },
        retry_on_failure: { initial_interval: '100ms', max_interval: '1s', max_elapsed_time: '180s' },
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline },
    },
  };
}

function requestBody(
  signal: (typeof SIGNALS)[number],
  { service, paddingCharacters }: Work,
  ids: readonly string[],
): unknown {
  const now = String(Date.now() * 1_000_000);
  const attribute = (key: string, stringValue: string): unknown => ({ key, value: { stringValue } });
  const attributes = (id: string): unknown[] => [
    attribute('e2e.id', id),
    attribute('padding', 'x'.repeat(paddingCharacters)),
  ];
  const resource = { attributes: [attribute('service.name', service)] };
  switch (signal) {
    case 'traces': {
      const spans = ids.map((id) => ({
        traceId: (Number(id) + 1).toString(16).padStart(32, '0'),
        spanId: (Number(id) + 1).toString(16).padStart(16, '0'),
        name: 'e2e',
        startTimeUnixNano: now,
        endTimeUnixNano: now,
        attributes: attributes(id),
      }));
      return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
    }
    case 'logs': {
      const logRecords = ids.map((id) => ({
        timeUnixNano: now,
        body: { stringValue: 'e2e' },
        attributes: attributes(id),
      }));
      return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
    }
    case 'metrics': {
      const dataPoints = ids.map((id) => ({ timeUnixNano: now, asInt: '1', attributes: attributes(id) }));
      return {
        resourceMetrics: [
          { resource, scopeMetrics: [{ metrics: [{ name: 'e2e.counted', gauge: { dataPoints } }] }] },
        ],
      };
    }
  }
}

async function listens(port: number, child: ChildProcess): Promise<void> {
  await eventually(
    'the Collector listens',
    async () => {
      if (child.exitCode !== null) throw new NeverWill('the Collector has ended');
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    },
    { timeoutMillis: READY_MILLIS, intervalMillis: 100 },
  );
}

/** The launcher hands over what it found or built. */
export function collectorBinary(): string {
  const file = process.env.TRACE_BIN_OTELCOL;
  if (file === undefined)
    throw new Error('TRACE_BIN_OTELCOL is not set; run "npm test -- e2e 08-real-clients"');
  return file;
}
