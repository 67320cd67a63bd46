import { randomUUID } from 'node:crypto';
import { MessagingTracer, type MessageFacts, type TraceHeaders } from '@trace/telemetry';
import { NotConfirmed, type Broker } from './broker';
import type { DeadLetter, Message, Priority } from './message';
import type { MessagingMetrics } from './metrics';

/** No more than this are under way at once for one call; also what fits among a span's 128 links. */
const MAX_BATCH = 100;

export interface NewMessage {
  readonly content: string;
  readonly priority: Priority;
}

/** Sends messages, traced and counted; a promise resolves when the broker has confirmed. */
export class Publisher {
  private readonly tracer: MessagingTracer;

  constructor(
    private readonly broker: Broker,
    private readonly metrics: MessagingMetrics,
  ) {
    this.tracer = new MessagingTracer(broker.peer);
  }

  /** Its id. @throws NotConfirmed */
  async send({ content, priority }: NewMessage): Promise<string> {
    const message = newMessage(content, priority);
    await this.tracer.send(this.factsOf(message), (trace) => this.publish({ ...message, trace }));
    return message.id;
  }

  /** `count` messages of the same content; their ids. @throws NotConfirmed telling how many are confirmed */
  async sendBulk({ content, priority, count }: NewMessage & { readonly count: number }): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      const batch = Array.from({ length: Math.min(MAX_BATCH, count - ids.length) }, () => {
        const message = newMessage(content, priority);
        return { ...message, trace: this.tracer.create(this.factsOf(message)) };
      });
      const failure = await this.sendBatch(batch, ids);
      if (failure !== undefined) {
        throw new NotConfirmed(
          failure.code,
          `${ids.length} of ${count} messages are confirmed: ${failure.message}`,
        );
      }
    }
    return ids;
  }

  /** Sends a dead letter again as if it were new, in the current trace and linked to its own. @throws NotConfirmed */
  async resend({ message }: DeadLetter): Promise<void> {
    const fresh = { ...message, attempt: 1, sentAtMillis: Date.now() };
    await this.tracer.send(this.factsOf(fresh), (trace) => this.publish({ ...fresh, trace }), [
      message.trace,
    ]);
  }

  /** Adds the ids that are confirmed to `ids`; returns why the others are not. */
  private async sendBatch(batch: readonly Message[], ids: string[]): Promise<NotConfirmed | undefined> {
    const [first] = batch;
    if (first === undefined) return undefined;
    const contexts = batch.map(({ trace }) => trace);
    const { destination } = this.factsOf(first);
    try {
      await this.tracer.sendBatch(destination, contexts, async () => {
        const results = await Promise.allSettled(batch.map((message) => this.publish(message)));
        ids.push(...batch.flatMap(({ id }, index) => (results[index]?.status === 'fulfilled' ? [id] : [])));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      });
      return undefined;
    } catch (error) {
      if (error instanceof NotConfirmed) return error;
      throw error;
    }
  }

  private async publish(message: Message): Promise<void> {
    try {
      await this.broker.publish(message);
      this.metrics.sent.inc({ priority: message.priority });
    } catch (error) {
      const reason = error instanceof NotConfirmed ? error.code : 'error';
      this.metrics.failures.inc({ priority: message.priority, operation: 'send', reason });
      throw error;
    }
  }

  private factsOf({ id, priority, content }: Message): MessageFacts {
    return {
      destination: this.broker.destinationOf(priority),
      id,
      bodyBytes: Buffer.byteLength(content),
    };
  }
}

const NO_TRACE: TraceHeaders = {};

function newMessage(content: string, priority: Priority): Message {
  return { id: randomUUID(), priority, content, sentAtMillis: Date.now(), attempt: 1, trace: NO_TRACE };
}
