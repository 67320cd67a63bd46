import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { activeTraceId, MessagingTracer, type MessageFacts } from '@trace/telemetry';
import type { Logger } from 'pino';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { LOGGER } from '../http/logger';
import { BROKER, type Broker, type Delivery } from './broker';
import type { DeliveryContext } from './dispatch';
import type { Message } from './message';
import { MessagingMetrics } from './metrics';

/** A message is tried so often before it becomes a dead letter. */
const MAX_ATTEMPTS = 2;
/** Injection token of `broker.messageTtl`. */
export const MESSAGE_TTL_MILLIS = Symbol('MessageTtlMillis');

interface Failure {
  readonly error: Error;
  /** Trying again can help. */
  readonly retryable: boolean;
}

/**
 * The life of a delivery, the same for every broker: the `process` span, the handler, the metrics,
 * and what becomes of the message. A message is acknowledged last, when what follows from it (the
 * retry, the dead letter) is confirmed: a crash in between makes it come twice, never vanish.
 */
@Injectable()
export class DeliveryInterceptor implements NestInterceptor {
  private readonly tracer: MessagingTracer;

  constructor(
    @Inject(BROKER) private readonly broker: Broker,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(MESSAGE_TTL_MILLIS) private readonly ttlMillis: number,
    private readonly metrics: MessagingMetrics,
  ) {
    this.tracer = new MessagingTracer(broker.peer);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<void> {
    const { delivery } = context.switchToRpc().getContext<DeliveryContext>();
    return from(this.handle(delivery, next));
  }

  private async handle(delivery: Delivery, next: CallHandler): Promise<void> {
    const { message, destination } = delivery;
    const facts = factsOf(message, destination);
    await this.tracer.process(facts, message.trace, async (span) => {
      const failure = await this.attempt(message, next);
      try {
        if (failure !== undefined) {
          span.fail(failure.error);
          await this.passOn(message, failure);
        }
        await delivery.ack();
      } catch (error) {
        this.metrics.failures.inc({ priority: message.priority, operation: 'settle', reason: 'error' });
        this.logger.warn(
          { err: error, 'messaging.message.id': message.id },
          'message will be delivered again',
        );
        await delivery.release();
      }
    });
  }

  private async attempt(message: Message, next: CallHandler): Promise<Failure | undefined> {
    const { priority, sentAtMillis, attempt } = message;
    const waitedMillis = Math.max(0, Date.now() - sentAtMillis);
    if (attempt === 1) this.metrics.queueLatency.observe({ priority }, waitedMillis / 1000);
    if (waitedMillis > this.ttlMillis) {
      this.metrics.failures.inc({ priority, operation: 'process', reason: 'expired' });
      return { error: new Error('expired'), retryable: false };
    }
    const stop = this.metrics.duration.startTimer({ priority });
    try {
      await lastValueFrom(next.handle(), { defaultValue: undefined });
      this.metrics.processed.inc({ priority });
      return undefined;
    } catch (cause) {
      this.metrics.failures.inc({ priority, operation: 'process', reason: 'error' });
      return { error: cause instanceof Error ? cause : new Error(String(cause)), retryable: true };
    } finally {
      stop();
    }
  }

  /** A failed message is tried once more, later, and is then put aside. */
  private async passOn(message: Message, { error, retryable }: Failure): Promise<void> {
    const fields = { err: error, 'messaging.message.id': message.id, attempt: message.attempt };
    if (retryable && message.attempt < MAX_ATTEMPTS) {
      const again = { ...message, attempt: message.attempt + 1 };
      const facts = factsOf(again, this.broker.destinationOf(message.priority));
      await this.tracer.forward(facts, () => this.broker.publishLater(again));
      this.logger.warn(fields, 'message failed; it is tried again');
      return;
    }
    const { deadLetters } = this.broker;
    const letter = { message, reason: error.message, failedAtMillis: Date.now(), traceId: activeTraceId() };
    await this.tracer.forward(factsOf(message, deadLetters.destination), () => deadLetters.add(letter));
    this.logger.error(fields, 'message is a dead letter');
  }
}

function factsOf({ id, content }: Message, destination: string): MessageFacts {
  return { destination, id, bodyBytes: Buffer.byteLength(content) };
}
