import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { eventually } from '../../support/wait.ts';
import { namespace } from './kubectl.ts';

const OPEN_MILLIS = 120_000;

/** `kubectl port-forward` to a service or workload, opened anew when the pod behind it has gone. */
export class PortForward {
  static readonly #all = new Set<PortForward>();
  #running: { readonly child: ChildProcess; readonly url: string } | undefined;

  constructor(
    private readonly target: string,
    private readonly port: number,
  ) {
    PortForward.#all.add(this);
  }

  static closeAll(): void {
    for (const forward of PortForward.#all) forward.drop();
  }

  /** Where the port is at present. */
  async url(): Promise<string> {
    if (this.#running !== undefined && this.#running.child.exitCode === null) return this.#running.url;
    this.#running = await eventually(`port-forward ${this.target}`, () => this.#open(), {
      timeoutMillis: OPEN_MILLIS,
      intervalMillis: 500,
    });
    return this.#running.url;
  }

  /** Forgets the connection; the next url() makes another. */
  drop(): void {
    this.#running?.child.kill();
    this.#running = undefined;
  }

  /** GET; throws unless the answer is 2xx. */
  async getJson<T>(path: string): Promise<T> {
    return (await (await this.request(path)).json()) as T;
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      const response = await fetch(`${await this.url()}${path}`, {
        ...init,
        signal: AbortSignal.timeout(30_000),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response;
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  async #open(): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn('kubectl', ['--namespace', namespace, 'port-forward', this.target, `:${this.port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const [, local] = /^Forwarding from (127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (local !== undefined) {
        child.stdout.resume();
        return { child, url: `http://${local}` };
      }
    }
    throw new Error(complaint);
  }
}
