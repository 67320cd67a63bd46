import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { status } from '@grpc/grpc-js';
import { recordFailure } from '@trace/telemetry';
import type { Logger } from 'pino';
import { catchError, tap, type Observable } from 'rxjs';
import { httpStatusOf } from '../problem/grpc-status';
import { LOGGER } from '../http/logger';
import { isGrpcFailure, RpcError } from './rpc-error';
import { rpcRoute } from './rpc-route';

/** The edge of a gRPC service: one line for each call, and every failure with a status. */
@Injectable()
export class RpcEdgeInterceptor implements NestInterceptor {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = rpcRoute(context);
    const startedAt = performance.now();
    const log = (code: number): void => {
      const separator = route.lastIndexOf('/');
      this.logger.info(
        {
          'rpc.service': route.slice(0, separator),
          'rpc.method': route.slice(separator + 1),
          'rpc.grpc.status_code': code,
          durationMillis: Math.round(performance.now() - startedAt),
        },
        `${route} ${status[code] ?? code}`,
      );
    };
    return next.handle().pipe(
      tap(() => {
        log(status.OK);
      }),
      catchError((cause: unknown) => {
        const error = isGrpcFailure(cause)
          ? new RpcError(cause.code, cause.details)
          : new RpcError(status.INTERNAL, 'the call failed unexpectedly');
        if (httpStatusOf(error.code) >= 500) {
          recordFailure(cause);
          this.logger.error({ err: cause }, `call failed: ${error.details}`);
        }
        log(error.code);
        throw error;
      }),
    );
  }
}
