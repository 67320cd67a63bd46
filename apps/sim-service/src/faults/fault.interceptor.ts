import { setTimeout as delay } from 'node:timers/promises';
import {
  Injectable,
  InternalServerErrorException,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { status } from '@grpc/grpc-js';
import type { Request } from 'express';
import { defer, from, switchMap, type Observable } from 'rxjs';
import { RpcError } from '../rpc/rpc-error';
import { rpcRoute } from '../rpc/rpc-route';
import { FaultState } from './fault-state';

const MESSAGE = 'injected fault';

/** Makes the role's API slow or failing while a fault is on; inside the server span, before the handler. */
@Injectable()
export class FaultInterceptor implements NestInterceptor {
  constructor(private readonly state: FaultState) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const isHttp = context.getType() === 'http';
    const effect = this.state.effectOn(isHttp ? httpRoute(context) : rpcRoute(context));
    if (effect.latencyMillis === 0 && !effect.fails) return next.handle();
    return defer(() => from(delay(effect.latencyMillis))).pipe(
      switchMap(() => {
        if (!effect.fails) return next.handle();
        throw isHttp ? new InternalServerErrorException(MESSAGE) : new RpcError(status.INTERNAL, MESSAGE);
      }),
    );
  }
}

function httpRoute(context: ExecutionContext): string {
  return (context.switchToHttp().getRequest<Request>().route as { path: string }).path;
}
