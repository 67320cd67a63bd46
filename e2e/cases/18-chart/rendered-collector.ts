import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@trace/telemetry/testing';
import { executableIn } from '../../support/paths.ts';
import { eventually, NeverWill } from '../../support/wait.ts';
import { configMap } from './config-maps.ts';
import { terminate } from '../../support/terminate.ts';

const PORTS = [4317, 4318, 4327, 4337, 4338, 8888, 13133] as const;
type Port = (typeof PORTS)[number];

/** A real Collector with the layers of a render, on free ports in place of those that the layers name. */
export class RenderedCollector {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trace-chart-collector-'));
  #ports = new Map<Port, number>();
  #child: ChildProcess | undefined;
  #output = '';

  /** Before the start: where what comes back from the enrichment processor is taken. */
  async choosePorts(): Promise<void> {
    const free = await freePorts(PORTS.length);
    this.#ports = new Map(PORTS.map((port, index) => [port, free[index] ?? 0]));
  }

  address(port: Port): string {
    return `127.0.0.1:${this.#ports.get(port) ?? 0}`;
  }

  /** @param processor host:port of the enrichment processor */
  async start(manifests: string, processor: string, env: NodeJS.ProcessEnv): Promise<void> {
    const files = Object.entries(configMap(manifests, 'trace-collector')).map(([name, text]) => {
      const moved = text
        .replaceAll('127.0.0.1:4319', processor)
        .replace(/(?<=: ?)\d+$/gm, (port) => String(this.#ports.get(Number(port) as Port) ?? port));
      const file = join(this.#folder, name);
      writeFileSync(file, moved);
      return `--config=file:${file}`;
    });
    const child = spawn(executableIn('TRACE_BIN_OTELCOL'), files, {
      env: { TRACE_COLLECTOR_QUEUE_DIR: this.#folder, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    await eventually(
      'the Collector is ready',
      async () => {
        if (child.exitCode !== null) throw new NeverWill(`it ended: ${this.#output.slice(-2000)}`);
        return (await fetch(`http://${this.address(13133)}/`)).ok || undefined;
      },
      { timeoutMillis: 90_000, intervalMillis: 100 },
    );
  }

  async remove(): Promise<void> {
    await terminate(this.#child);
    rmSync(this.#folder, { recursive: true });
  }
}
