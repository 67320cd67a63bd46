import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@trace/telemetry/testing';
import { eventually, NeverWill } from '../../support/wait.ts';
import { terminate } from '../../support/terminate.ts';

/** The names that the conventions call stable, as ours are; by default the Collector still has the former ones. */
const GATES = 'processor.k8sattributes.EmitV1K8sConventions,processor.k8sattributes.DontEmitV0K8sConventions';

/** The real Collector with k8s_attributes between one OTLP receiver and one exporter. */
export class ParityCollector {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-parity-'));
  #child: ChildProcess | undefined;
  #port = 0;

  constructor(
    private readonly k8sAttributes: object,
    private readonly downstream: string,
    private readonly kubeconfig: string,
  ) {}

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const pipeline = { receivers: ['otlp'], processors: ['k8s_attributes'], exporters: ['otlp_grpc'] };
    const config = {
      receivers: { otlp: { protocols: { grpc: { endpoint: this.address } } } },
      processors: {
        k8s_attributes: {
          auth_type: 'kubeConfig',
          wait_for_metadata: true,
          // It ends when it is over, which is after ten seconds otherwise.
          wait_for_metadata_timeout: '170s',
          ...this.k8sAttributes,
        },
      },
      exporters: {
        otlp_grpc: {
          endpoint: this.downstream,
          compression: 'none',
          tls: { insecure: true },
          sending_queue: { enabled: false },
        },
      },
      service: { telemetry: { metrics: { level: 'none' } }, pipelines: { traces: pipeline } },
    };
    const file = join(this.#folder, 'collector.yaml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config));
    const executable = process.env.TRACE_BIN_OTELCOL;
    if (executable === undefined)
      throw new Error('TRACE_BIN_OTELCOL is not set; run the e2e tests by "npm test -- e2e"');
    const child = spawn(executable, [`--config=file:${file}`, `--feature-gates=${GATES}`], {
      env: { ...process.env, KUBECONFIG: this.kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const log = createWriteStream(this.#log);
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    await eventually(
      'the Collector is ready',
      () => {
        if (child.exitCode !== null)
          throw new NeverWill(`it ended: ${readFileSync(this.#log, 'utf8').slice(-3000)}`);
        return readFileSync(this.#log, 'utf8').includes('Everything is ready') || undefined;
      },
      { timeoutMillis: 180_000 },
    );
  }

  async stop(): Promise<void> {
    await terminate(this.#child);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #log(): string {
    return join(this.#folder, 'collector.log');
  }
}
