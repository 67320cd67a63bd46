import { Body, ConflictException, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ZodPipe } from '../../../problem/zod.pipe';
import { Replay } from './replay';
import { newReplay, type ReplaySettings, type ReplayState } from './replay.schema';

@Controller('replay')
export class ReplayController {
  constructor(private readonly replay: Replay) {}

  @Get()
  state(): ReplayState {
    return this.replay.state;
  }

  /** Answers when it is known how much there is. */
  @Post()
  @HttpCode(202)
  async start(@Body(new ZodPipe(newReplay)) settings: ReplaySettings): Promise<ReplayState> {
    if (!(await this.replay.start(settings))) throw new ConflictException('a replay is running already');
    return this.replay.state;
  }

  @Delete()
  async stop(): Promise<ReplayState> {
    await this.replay.stop();
    return this.replay.state;
  }
}
