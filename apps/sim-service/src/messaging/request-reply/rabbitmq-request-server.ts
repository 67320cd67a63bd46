import { setTimeout as delay } from 'node:timers/promises';
import { ServerRMQ, type RmqOptions } from '@nestjs/microservices';
import type { ConfirmChannel } from 'amqplib';

const CONSUMER_TAG = 'requests';
const LOOK_EVERY_MILLIS = 20;

/** Nest's RabbitMQ transport; but what is under way when it is closed is answered first, as over NATS. */
export class RabbitMqRequestServer extends ServerRMQ {
  private consuming: ConfirmChannel | undefined;
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
}
