import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { dispatch, MESSAGES } from '../dispatch';
import type { PullQueue } from './pull-queue';

/** How soon a message is noticed when there was none. */
const IDLE_MILLIS = 50;
const FAILED_PULL_MILLIS = 500;

/** Nest's transport for JetStream: pulls a message whenever a slot is free. */
export class JetStreamServer extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('jetstream');
  private readonly inFlight = new Set<Promise<void>>();
  private stopping = false;
  private pulling: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: PullQueue,
    private readonly maxConcurrent: number,
    private readonly log: Logger,
  ) {
    super();
  }

  listen(callback: () => void): void {
    this.pulling = this.pull();
    callback();
  }

  /** No further message; those that are under way come to their end. */
  async close(): Promise<void> {
    this.stopping = true;
    await this.pulling;
    await Promise.all(this.inFlight);
  }

  on(): never {
    throw new Error('this transport has no events');
  }

  unwrap(): never {
    throw new Error('this transport has no client of its own');
  }

  private async pull(): Promise<void> {
    while (!this.stopping) {
      if (this.inFlight.size >= this.maxConcurrent) {
        await Promise.race(this.inFlight);
        continue;
      }
      try {
        const delivery = await this.queue.next();
        if (delivery === undefined) await delay(IDLE_MILLIS);
        else this.run(dispatch(this.getHandlerByPattern(MESSAGES), delivery));
      } catch (error) {
        this.log.debug({ err: error }, 'no message could be asked for');
        await delay(FAILED_PULL_MILLIS);
      }
    }
  }

  private run(processing: Promise<void>): void {
    const done = processing
      .catch((error: unknown) => {
        // The interceptor settles every outcome: the server delivers this one again by itself.
        this.log.error({ err: error }, 'message was not settled');
      })
      .finally(() => this.inFlight.delete(done));
    this.inFlight.add(done);
  }
}
