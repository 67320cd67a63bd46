import { Body, ConflictException, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { Publisher } from '../../messaging/publisher';
import { ZodPipe } from '../../problem/zod.pipe';
import {
  newLoad,
  newMessage,
  newMessages,
  type loadStarted,
  type sent,
  type sentBulk,
} from './producer.schema';
import { SimulatedLoad } from './simulated-load';

@Controller()
@UseInterceptors(FaultInterceptor)
export class ProducerController {
  constructor(
    private readonly publisher: Publisher,
    private readonly load: SimulatedLoad,
  ) {}

  @Post('send')
  @HttpCode(202)
  async send(
    @Body(new ZodPipe(newMessage)) message: z.output<typeof newMessage>,
  ): Promise<z.output<typeof sent>> {
    return { id: await this.publisher.send(message), priority: message.priority };
  }

  @Post('send-bulk')
  @HttpCode(202)
  async sendBulk(
    @Body(new ZodPipe(newMessages)) messages: z.output<typeof newMessages>,
  ): Promise<z.output<typeof sentBulk>> {
    return { ids: await this.publisher.sendBulk(messages), priority: messages.priority };
  }

  @Post('simulate-load')
  @HttpCode(202)
  simulateLoad(@Body(new ZodPipe(newLoad)) load: z.output<typeof newLoad>): z.output<typeof loadStarted> {
    if (!this.load.start(load)) throw new ConflictException('a load is running already');
    return { ...load, ends_at: new Date(Date.now() + load.duration_seconds * 1000).toISOString() };
  }
}
