import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Inject, UseInterceptors } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { RequestLogInterceptor } from '@trace/telemetry/nestjs';
import type { Config } from '../../config';
import { FaultState } from '../../faults/fault-state';
import { DeliveryInterceptor } from '../../messaging/delivery.interceptor';
import { MESSAGES } from '../../messaging/dispatch';
import type { Message } from '../../messaging/message';
import { Statistics } from './statistics';

/** `consumer.processing`, which changes while the role runs. */
export interface Processing {
  times: Config['consumer']['processing'];
}

export const PROCESSING = Symbol('Processing');

/** The work that a message stands for: it takes a while, and a fault on the route `messages.<priority>` breaks it. */
@Controller()
// The line of a message says how its handler ended, within the span of the attempt.
@UseInterceptors(DeliveryInterceptor, RequestLogInterceptor)
export class MessagesController {
  constructor(
    @Inject(PROCESSING) private readonly processing: Processing,
    private readonly faults: FaultState,
    private readonly statistics: Statistics,
  ) {}

  @EventPattern(MESSAGES)
  async process(@Payload() { priority }: Message): Promise<void> {
    const { latencyMillis, fails } = this.faults.effectOn(`messages.${priority}`);
    const { min, max } = this.processing.times[priority];
    await delay(min + Math.random() * (max - min) + latencyMillis);
    if (fails) {
      this.statistics.errored();
      throw new Error('injected fault');
    }
    this.statistics.succeeded();
  }
}
