import { setTimeout as delay } from 'node:timers/promises';
import { ServerRMQ, type RmqOptions } from '@nestjs/microservices';
import type { ChannelWrapper } from 'amqp-connection-manager';
import type { ConfirmChannel } from 'amqplib';

const CONSUMER_TAG = 'requests';
const LOOK_EVERY_MILLIS = 20;

/** Nest's RabbitMQ transport; but what is under way when it is closed is answered first, as over NATS. */
export class RabbitMqRequestServer extends ServerRMQ {
  private consuming: ConfirmChannel | undefined;
  private followed: ChannelWrapper | undefined;
  /** Requests that are worked on, and answers that the broker has not confirmed. */
  private inFlight = 0;

  constructor(
    options: NonNullable<RmqOptions['options']>,
    private readonly graceMillis: number,
  ) {
    super({ ...options, consumerTag: CONSUMER_TAG });
    this.setOnProcessingStartHook((_transport, _context, handle) => {
      this.inFlight += 1;
      void handle();
    });
    this.setOnProcessingEndHook(() => {
      this.inFlight -= 1;
    });
  }

  override async setupChannel(channel: ConfirmChannel, callback: () => void): Promise<void> {
    this.consuming = channel;
    this.follow(this.channel as ChannelWrapper | null);
    await super.setupChannel(channel, callback);
  }

  override async close(): Promise<void> {
    try {
      await this.consuming?.cancel(CONSUMER_TAG);
    } catch {
      // The broker is away: nobody can be answered.
      this.inFlight = 0;
    }
    const deadline = Date.now() + this.graceMillis;
    while (this.inFlight > 0 && Date.now() < deadline) await delay(LOOK_EVERY_MILLIS);
    await super.close();
  }

  /**
   * Nest waits for none of its answers: closed too early, the channel would take back the last ones, and reject
   * promises that nobody looks at, which ends the process.
   */
  private follow(channel: ChannelWrapper | null): void {
    if (channel === null || this.followed === channel) return;
    this.followed = channel;
    const send = channel.sendToQueue.bind(channel);
    channel.sendToQueue = (...message) => {
      this.inFlight += 1;
      const sent = send(...message);
      sent
        .catch((error: unknown) => {
          this.logger.error(`an answer was not sent: ${String(error)}`);
        })
        .finally(() => (this.inFlight -= 1));
      return sent;
    };
  }
}
