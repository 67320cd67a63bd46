import { RpcException } from '@nestjs/microservices';

/** A gRPC failure of ours: `code` and `details` reach the caller as they are. */
export class RpcError extends RpcException {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super({ code, message: details });
    this.message = details;
  }
}

/** A failure with a gRPC status: our own, or one that came from another service. */
export function isGrpcFailure(error: unknown): error is Error & { code: number; details: string } {
  if (!(error instanceof Error)) return false;
  const { code, details } = error as { code?: unknown; details?: unknown };
  return typeof code === 'number' && typeof details === 'string';
}
