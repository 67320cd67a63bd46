import type { Logger } from 'pino';
import type { Config } from '../../config';
import { drawOperation, KnownUsers, requestFor, type LoadRequest } from './mix';

const NO_COUNTS = { sent: 0, succeeded: 0, clientErrors: 0, serverErrors: 0, unreachable: 0, skipped: 0 };

/** What happened since the last line. */
export type Counts = typeof NO_COUNTS;

/** Sends one request at each call of `sendOne`, of a realistic mix, and counts what comes of it. */
export class LoadGenerator {
  private readonly users = new KnownUsers();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly runId = Date.now().toString(36);
  private readonly counts: Counts = { ...NO_COUNTS };
  private created = 0;

  constructor(
    /** May be replaced while it runs. */
    public settings: Config['load'],
    private readonly logger: Logger,
    private readonly random: () => number,
  ) {}

  sendOne(): void {
    if (this.inFlight.size >= this.settings.maxInFlight) {
      this.counts.skipped++;
      return;
    }
    const operation = drawOperation(this.settings.mix, this.random);
    const request = requestFor(
      operation,
      this.users,
      this.random,
      () => `load-${this.runId}-${++this.created}`,
    );
    const done = this.send(request).finally(() => this.inFlight.delete(done));
    this.inFlight.add(done);
  }

  /** Logs the counts of the time since the last call, and starts anew. */
  report(): void {
    this.logger.info({ ...this.counts, inFlight: this.inFlight.size }, 'load');
    Object.assign(this.counts, NO_COUNTS);
  }

  async drain(): Promise<void> {
    await Promise.allSettled(this.inFlight);
  }

  private async send({ method, path, body }: LoadRequest): Promise<void> {
    this.counts.sent++;
    try {
      const response = await fetch(new URL(path, this.settings.target), {
        method,
        signal: AbortSignal.timeout(this.settings.timeout),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      });
      const text = await response.text();
      if (response.status >= 500) this.counts.serverErrors++;
      else if (response.status >= 400) this.counts.clientErrors++;
      else {
        this.counts.succeeded++;
        this.learn(method, path, text);
      }
    } catch {
      // The gateway may be away or slow; the load goes on, and the count says so.
      this.counts.unreachable++;
    }
  }

  private learn(method: string, path: string, text: string): void {
    if (!path.startsWith('/api/v1/users')) return;
    if (method === 'POST') this.users.wasCreated((JSON.parse(text) as { id: string }).id);
    if (method === 'GET' && path.includes('?')) {
      const { users } = JSON.parse(text) as { users: { id: string }[] };
      this.users.sawList(users.map(({ id }) => id));
    }
  }
}
