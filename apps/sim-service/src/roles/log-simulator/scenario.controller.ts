import {
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  Post,
  UseInterceptors,
} from '@nestjs/common';
import { FaultInterceptor } from '../../faults/fault.interceptor';
import { ZodPipe } from '../../problem/zod.pipe';
import { Scenario } from './scenario';
import { newScenario, type ScenarioSettings, type ScenarioState } from './simulation.schema';

@Controller('scenario')
@UseInterceptors(FaultInterceptor)
export class ScenarioController {
  constructor(private readonly scenario: Scenario) {}

  @Get()
  state(): ScenarioState {
    return this.scenario.state;
  }

  @Post()
  @HttpCode(202)
  start(@Body(new ZodPipe(newScenario)) settings: ScenarioSettings): ScenarioState {
    if (!this.scenario.start(settings)) throw new ConflictException('a simulation is running already');
    return this.scenario.state;
  }

  @Delete()
  async stop(): Promise<ScenarioState> {
    await this.scenario.stop();
    return this.scenario.state;
  }
}
