import type { ExecutionContext } from '@nestjs/common';
import type { ServerUnaryCall } from '@grpc/grpc-js';

/** `rpc.service/rpc.method` of the call that is handled. */
export function rpcRoute(context: ExecutionContext): string {
  return context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2).getPath().slice(1);
}
