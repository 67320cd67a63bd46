/** The sample services as their users see them. */

export const gatewayUrl = 'http://127.0.0.1:8080';
export const usersUrl = 'http://127.0.0.1:8081';

/** The trace id that every response carries: `Server-Timing: trace;desc="00-<trace id>-<span id>-<flags>"`. */
export function traceIdOf(response: Response): string {
  const id = /trace;desc="00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}"/.exec(
    response.headers.get('server-timing') ?? '',
  )?.[1];
  if (id === undefined) throw new Error(`no trace id in ${JSON.stringify([...response.headers])}`);
  return id;
}

let created = 0;

export async function createUser(): Promise<string> {
  created += 1;
  const response = await fetch(`${gatewayUrl}/api/v1/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: `User ${created}`, email: `user-${Date.now()}-${created}@example.com` }),
  });
  if (response.status !== 201)
    throw new Error(`POST /api/v1/users: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

export interface Fault {
  readonly route?: string;
  readonly latencyMillis?: number;
  readonly errorRate?: number;
  readonly durationSeconds?: number;
}

/** Switches a fault on in the service whose HTTP address is `url`. */
export async function putFault(url: string, fault: Fault): Promise<void> {
  const response = await fetch(`${url}/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!response.ok) throw new Error(`PUT /faults: ${response.status} ${await response.text()}`);
}

export interface LoadCounts {
  sent: number;
  failed: number;
}

export type GatewayRequest = readonly [path: string, body?: unknown];

/** Reads, and writes that cross all four services; users 1 to 50 are there from the start. */
export const EVERYDAY_REQUESTS: readonly GatewayRequest[] = [
  ['/api/v1/users'],
  ['/api/v1/orders', { userId: '1', items: [{ sku: 'tea', quantity: 2 }] }],
  ['/api/v1/users/2'],
];

/** Requests in turn, at a steady rate until stopped; every answer but a 2xx counts as failed. */
export class SteadyLoad {
  readonly counts: LoadCounts = { sent: 0, failed: 0 };
  readonly failures: string[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(requests: readonly GatewayRequest[], requestsPerSecond: number) {
    this.#timer = setInterval(() => {
      const next = requests[this.counts.sent % requests.length];
      if (next === undefined) return;
      const one = this.#send(next).finally(() => this.#inFlight.delete(one));
      this.#inFlight.add(one);
    }, 1000 / requestsPerSecond);
  }

  async #send([path, body]: GatewayRequest): Promise<void> {
    this.counts.sent += 1;
    try {
      const response = await fetch(`${gatewayUrl}${path}`, {
        signal: AbortSignal.timeout(60_000),
        ...(body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      if (!response.ok) this.#fail(`${path}: ${response.status}`);
    } catch (error) {
      this.#fail(`${path}: ${String(error)}`);
    }
  }

  #fail(reason: string): void {
    this.counts.failed += 1;
    this.failures.push(reason);
  }

  async stop(): Promise<LoadCounts> {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
    return this.counts;
  }
}
