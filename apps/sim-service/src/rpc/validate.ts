import { status } from '@grpc/grpc-js';
import type { z } from 'zod';
import { RpcError } from './rpc-error';

/** @throws RpcError INVALID_ARGUMENT naming every field that is wrong. */
export function validate<S extends z.ZodType>(schema: S, request: unknown): z.output<S> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new RpcError(status.INVALID_ARGUMENT, problems.join('; '));
}
