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
import { catchError, type Observable } from 'rxjs';
import { httpStatusOf } from '../problem/grpc-status';
import { LOGGER } from '../http/logger';
import { isGrpcFailure, RpcError } from './rpc-error';

/** Every failure of a gRPC service has a status; its own failures are on the span and in the log. */
@Injectable()
export class RpcFailureInterceptor implements NestInterceptor {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((cause: unknown) => {
        const error = isGrpcFailure(cause)
          ? new RpcError(cause.code, cause.details)
          : new RpcError(status.INTERNAL, 'the call failed unexpectedly');
        if (httpStatusOf(error.code) >= 500) {
          recordFailure(cause);
          this.logger.error({ err: cause }, `call failed: ${error.details}`);
        }
        throw error;
      }),
    );
  }
}
