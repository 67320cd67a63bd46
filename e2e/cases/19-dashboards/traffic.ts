import { putFault } from '../../support/gateway.ts';
import { request } from '../../support/openapi.ts';
import { eventually, sleep } from '../../support/wait.ts';

const PORTS = {
  gateway: 8080,
  users: 8081,
  orders: 8082,
  payments: 8083,
  producer: 8085,
  consumer: 8086,
  simulator: 8070,
};
const url = (role: keyof typeof PORTS): string => `http://127.0.0.1:${PORTS[role]}`;
const PRIORITIES = ['high', 'normal', 'low'];

/** What the load does not do: somebody looks at the simulator's page, and somebody sends messages. */
export class Visitors {
  #isOver = false;
  readonly #done = this.#visit();

  async #visit(): Promise<void> {
    for (let visit = 0; !this.#isOver; visit += 1) {
      const message = { content: `message ${visit}`, priority: PRIORITIES[visit % PRIORITIES.length] };
      // Faults may be on: an answer is not to be had each time.
      await Promise.allSettled([
        request(`${url('simulator')}/simulation`, 'GET'),
        request(`${url('producer')}/send`, 'POST', message),
        sleep(300),
      ]);
    }
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }
}

/** Everything is slow and fails now and then, for a while: alerts fire, and what counts failures has some. */
export async function breakEverything(durationSeconds: number): Promise<void> {
  const fault = { route: '*', latencyMillis: 150, errorRate: 0.3, durationSeconds };
  for (const role of Object.keys(PORTS) as (keyof typeof PORTS)[]) await putFault(url(role), fault);
}

export async function simulate(): Promise<void> {
  await eventually(
    'a simulation',
    async () => {
      const asked = { lines_per_second: 20, duration_seconds: 600 };
      return (await request(`${url('simulator')}/simulation`, 'POST', asked)).status === 202 || undefined;
    },
    { timeoutMillis: 30_000 },
  );
}
