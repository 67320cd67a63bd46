import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { executableIn, root } from '../../support/paths.ts';
import type { Node } from './node.ts';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface Received {
  readonly resourceLogs?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body: { readonly stringValue: string } }[];
    }[];
  }[];
}

export interface Line {
  readonly text: string;
  readonly resource: Readonly<Record<string, string>>;
}

/** A Collector that can be ended and started again. */
class Collector {
  #child: ChildProcess | undefined;

  constructor(
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  start(): void {
    this.#child = spawn(executableIn('TRACE_BIN_OTELCOL'), this.args, { env: this.env, stdio: 'ignore' });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child === undefined) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
    this.#child = undefined;
  }
}

const GATEWAY = '127.0.0.1:4316';

/** The agent with the layers and flags of the chart, but for the kubelet's, which is only in a cluster. */
export function agentOn(node: Node): Collector {
  const layers = ['base', 'agent'].map(
    (layer) => `--config=file:${join(root, `otel-collector/${layer}.yaml`)}`,
  );
  return new Collector([...layers, '--feature-gates=stanza.synchronousLogEmitter'], {
    TRACE_COLLECTOR_QUEUE_DIR: join(node.folder, 'queue'),
    TRACE_POD_LOGS: node.podLogs,
    TRACE_NODE_ROOT: node.folder,
    TRACE_GATEWAY_ENDPOINT: GATEWAY,
    OTEL_RESOURCE_ATTRIBUTES: 'k8s.node.name=node-1,host.name=node-1',
    K8S_NODE_NAME: 'node-1',
    K8S_POD_UID: '0b1c2d3e-0000-4000-8000-00000000000a',
  });
}

/** What the agent sends to: a Collector that writes everything into a file. */
export class Gateway extends Collector {
  readonly #file: string;

  constructor(node: Node) {
    const file = join(node.folder, 'received.json');
    const config = {
      receivers: { otlp: { protocols: { grpc: { endpoint: GATEWAY } } } },
      exporters: { file: { path: file, append: true, flush_interval: '100ms' } },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: {
          logs: { receivers: ['otlp'], exporters: ['file'] },
          metrics: { receivers: ['otlp'], exporters: ['file'] },
        },
      },
    };
    const configFile = join(node.folder, 'gateway.json');
    writeFileSync(configFile, JSON.stringify(config));
    super([`--config=file:${configFile}`], {});
    this.#file = file;
  }

  /** In the order in which they came. */
  lines(): Line[] {
    return this.#received().flatMap(({ resourceLogs = [] }) =>
      resourceLogs.flatMap(({ resource, scopeLogs }) => {
        const attributes = Object.fromEntries(
          resource.attributes.map(({ key, value }) => [key, value.stringValue ?? '']),
        );
        return scopeLogs.flatMap(({ logRecords }) =>
          logRecords.map(({ body }) => ({ text: body.stringValue, resource: attributes })),
        );
      }),
    );
  }

  #received(): Received[] {
    const written = readFileSync(this.#file, 'utf8').split('\n');
    // What follows the last line break is still being written.
    return written.slice(0, -1).map((line) => JSON.parse(line) as Received);
  }
}
