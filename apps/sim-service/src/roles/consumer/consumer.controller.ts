import {
  Controller,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import type { z } from 'zod';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { BROKER, type Broker } from '../../messaging/broker';
import { Publisher } from '../../messaging/publisher';
import { ZodPipe } from '../../problem/zod.pipe';
import { letterLimit, messageId, type deadLetters, type replayed } from './consumer.schema';
import { Statistics, type Stats } from './statistics';

@Controller()
@UseInterceptors(FaultInterceptor)
export class ConsumerController {
  constructor(
    private readonly statistics: Statistics,
    @Inject(BROKER) private readonly broker: Broker,
    private readonly publisher: Publisher,
  ) {}

  @Get('stats')
  stats(): Stats {
    return this.statistics.read();
  }

  @Get('dead-letters')
  async list(
    @Query('limit', new ZodPipe(letterLimit, ['limit'])) limit: number,
  ): Promise<z.output<typeof deadLetters>> {
    const letters = await this.broker.deadLetters.list(limit);
    return {
      dead_letters: letters.map(({ message, reason, failedAtMillis, traceId }) => ({
        id: message.id,
        priority: message.priority,
        content: message.content,
        attempts: message.attempt,
        reason,
        failed_at: new Date(failedAtMillis).toISOString(),
        ...(traceId === undefined ? {} : { trace_id: traceId }),
      })),
    };
  }

  @Post('dead-letters/:id/replay')
  @HttpCode(202)
  async replay(@Param('id', new ZodPipe(messageId, ['id'])) id: string): Promise<z.output<typeof replayed>> {
    const found = await this.broker.deadLetters.take(id, (letter) => this.publisher.resend(letter));
    if (!found) throw new NotFoundException('no such dead letter');
    return { id };
  }
}
