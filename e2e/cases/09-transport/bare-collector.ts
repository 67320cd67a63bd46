import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@trace/telemetry/testing';
import { listens } from '../../support/listens.ts';
import { eventually } from '../../support/wait.ts';
import { terminate } from '../../support/terminate.ts';

const READY_MILLIS = 90_000;

/**
 * A real Collector with nothing that hides an error: no queue and no retries, so that its answer to a sender is
 * what its connection to the processor (grpc-go's) came to.
 */
export class BareCollector {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-e2e-transport-'));
  #child: ChildProcess | undefined;
  #port = 0;

  /** host:port of its OTLP/gRPC receiver. */
  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(exporterEndpoint: string): Promise<void> {
    const binary = process.env.TRACE_BIN_OTELCOL;
    if (binary === undefined) {
      throw new Error('TRACE_BIN_OTELCOL is not set; run "npm test -- e2e 09-transport"');
    }
    this.#port = await freePort();
    const file = join(this.#folder, 'collector.yaml');
    writeFileSync(file, JSON.stringify(configOf(this.endpoint, exporterEndpoint)));
    this.#child = spawn(binary, ['--config', file], { stdio: 'ignore' });
    await eventually('the Collector listens', () => listens(this.#port), {
      timeoutMillis: READY_MILLIS,
      intervalMillis: 100,
    });
  }

  async remove(): Promise<void> {
    await terminate(this.#child);
    rmSync(this.#folder, { recursive: true });
  }
}

function configOf(endpoint: string, exporterEndpoint: string): unknown {
  return {
    receivers: { otlp: { protocols: { grpc: { endpoint } } } },
    exporters: {
      otlp_grpc: {
        endpoint: exporterEndpoint,
        compression: 'none',
        timeout: '30s', // that of a call, which no rotation needs
        tls: { insecure: true },
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp_grpc'] } },
    },
  };
}
