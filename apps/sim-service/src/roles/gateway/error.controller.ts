import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { FaultInterceptor } from '../../faults/fault.interceptor';

/** Something that always fails, to see what a failure looks like. */
@Controller('api/v1/error')
@UseInterceptors(FaultInterceptor)
export class ErrorController {
  @Get()
  fail(): never {
    throw new Error('this endpoint always fails');
  }
}
