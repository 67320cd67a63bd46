import { Body, ConflictException, Controller, Delete, Get, HttpCode, Put, UseGuards } from '@nestjs/common';
import { ZodPipe } from '../problem/zod.pipe';
import { faultSchema, type ActiveFault, type Fault } from './fault';
import { FaultState } from './fault-state';
import { HeapLeak } from './heap-leak';
import { LoopbackGuard } from './loopback.guard';

@Controller('faults')
@UseGuards(LoopbackGuard)
export class FaultsController {
  constructor(
    private readonly state: FaultState,
    private readonly leak: HeapLeak,
  ) {}

  @Get()
  list(): { faults: ActiveFault[] } {
    return { faults: this.state.active() };
  }

  @Put()
  put(@Body(new ZodPipe(faultSchema)) fault: Fault): { faults: ActiveFault[] } {
    if (!this.state.set(fault)) throw new ConflictException('too many faults are on; DELETE /faults first');
    this.leak.follow();
    return this.list();
  }

  @Delete()
  @HttpCode(204)
  clear(): void {
    this.state.clear();
    this.leak.follow();
  }
}
