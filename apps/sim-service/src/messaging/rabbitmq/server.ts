import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { ServerRMQ } from '@nestjs/microservices';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import type { Delivery } from '../broker';
import { dispatch, MESSAGES } from '../dispatch';
import { receivedMessage } from './codec';
import { HEARTBEAT_SECONDS, RECONNECT_SECONDS } from './link-options';
import { declareTopology, MESSAGES_QUEUE, receivedFrom } from './topology';

const CONSUMER_TAG = 'consumer';
const RELEASE_MILLIS = 1000;

/**
 * Nest's RabbitMQ transport for connecting, consuming and coming back, with what it cannot do added:
 * it begins before the broker is there, declares our exchanges and queues, takes messages that are
 * not in Nest's envelope, and lets those under way end when it is closed.
 */
export class RabbitMqServer extends ServerRMQ {
  /** What Nest says of the connection, the broker says already, and once. */
  protected override readonly logger: LoggerService;
  private readonly inFlight = new Set<Promise<void>>();
  private consuming: ConfirmChannel | undefined;

  constructor(
    private readonly settings: Config['broker'],
    maxConcurrent: number,
    private readonly log: Logger,
  ) {
    super({
      urls: [settings.url.href],
      queue: MESSAGES_QUEUE,
      noAssert: true,
      noAck: false,
      // What is prefetched is processed at once: nothing of low priority waits here for its turn.
      prefetchCount: maxConcurrent,
      consumerTag: CONSUMER_TAG,
      socketOptions: {
        reconnectTimeInSeconds: RECONNECT_SECONDS,
        heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
      },
    });
    const debug = (message: unknown): void => {
      this.log.debug(String(message));
    };
    this.logger = { log: debug, error: debug, warn: debug };
  }

  get isConnected(): boolean {
    return (this.server as AmqpConnectionManager | null)?.isConnected() ?? false;
  }

  override async listen(callback: () => void): Promise<void> {
    await this.start(() => undefined);
    callback();
  }

  override async setupChannel(channel: ConfirmChannel, callback: () => void): Promise<void> {
    try {
      await declareTopology(channel, this.settings);
    } catch (error) {
      // The publishing side, which is refused the same, says so; `/health` is 503.
      this.log.debug({ err: error }, 'nothing is consumed');
      return;
    }
    this.consuming = channel;
    await super.setupChannel(channel, callback);
  }

  override async handleMessage(received: ConsumeMessage, channel: ConfirmChannel): Promise<void> {
    if ((received as ConsumeMessage | null) === null) {
      // The queue was deleted under us: connecting anew declares it again.
      (this.server as AmqpConnectionManager | null)?.reconnect();
      return;
    }
    const processing = dispatch(this.getHandlerByPattern(MESSAGES), deliveryOf(received, channel));
    const done = processing
      .catch((error: unknown) => {
        // The interceptor settles every outcome; with a channel that is gone the broker delivers again by itself.
        this.log.warn({ err: error }, 'message was not settled');
      })
      .finally(() => this.inFlight.delete(done));
    this.inFlight.add(done);
    await done;
  }

  /** No further message; those that are under way come to their end. */
  override async close(): Promise<void> {
    try {
      await this.consuming?.cancel(CONSUMER_TAG);
    } catch (error) {
      this.log.debug({ err: error }, 'the broker is away');
    }
    await Promise.all(this.inFlight);
    await super.close();
  }
}

function deliveryOf(received: ConsumeMessage, channel: ConfirmChannel): Delivery {
  const message = receivedMessage(received);
  return {
    message,
    destination: receivedFrom(message.priority),
    ack(): Promise<void> {
      channel.ack(received);
      return Promise.resolve();
    },
    async release(): Promise<void> {
      // A classic queue has it back at once; this keeps a broken message from going round and round.
      await delay(RELEASE_MILLIS);
      channel.nack(received, false, true);
    },
  };
}
