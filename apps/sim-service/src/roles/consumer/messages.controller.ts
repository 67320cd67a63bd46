import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import { FaultState } from '../../faults/fault-state';
import { LOGGER } from '../../http/logger';
import { DeliveryInterceptor } from '../../messaging/delivery.interceptor';
import { MESSAGES } from '../../messaging/dispatch';
import type { Message } from '../../messaging/message';
import { Statistics } from './statistics';

/** Injection token of `consumer.processing`. */
export const PROCESSING = Symbol('Processing');

/** The work that a message stands for: it takes a while, and a fault on the route `messages.<priority>` breaks it. */
@Controller()
@UseInterceptors(DeliveryInterceptor)
export class MessagesController {
  constructor(
    @Inject(PROCESSING) private readonly processing: Config['consumer']['processing'],
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly faults: FaultState,
    private readonly statistics: Statistics,
  ) {}

  @EventPattern(MESSAGES)
  async process(@Payload() { id, priority, attempt }: Message): Promise<void> {
    const { latencyMillis, fails } = this.faults.effectOn(`messages.${priority}`);
    const { min, max } = this.processing[priority];
    await delay(min + Math.random() * (max - min) + latencyMillis);
    if (fails) {
      this.statistics.errored();
      throw new Error('injected fault');
    }
    this.statistics.succeeded();
    this.logger.info({ 'messaging.message.id': id, priority, attempt }, 'processed');
  }
}
