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
import { Simulation } from './simulation';
import { newSimulation, type Settings, type SimulationState } from './simulation.schema';

@Controller('simulation')
@UseInterceptors(FaultInterceptor)
export class LogSimulatorController {
  constructor(private readonly simulation: Simulation) {}

  @Get()
  state(): SimulationState {
    return this.simulation.state;
  }

  @Post()
  @HttpCode(202)
  start(@Body(new ZodPipe(newSimulation)) settings: Settings): SimulationState {
    if (!this.simulation.start(settings)) throw new ConflictException('a simulation is running already');
    return this.simulation.state;
  }

  /** Answers when every line has been delivered or dropped. */
  @Delete()
  async stop(): Promise<SimulationState> {
    await this.simulation.stop();
    return this.simulation.state;
  }
}
