import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { isGrpcFailure } from '../rpc/rpc-error';
import { httpStatusOf } from './grpc-status';

export const PROBLEM_JSON = 'application/problem+json';

/** One field of the request that is wrong. */
export interface FieldError {
  /** JSON pointer as a fragment, e.g. `#/items/0/quantity`. */
  readonly pointer: string;
  readonly detail: string;
}

/** RFC 9457, with the trace's id so that the request can be looked up. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly FieldError[];
  readonly trace_id?: string;
}

/** The request does not have the shape it should have. */
export class InvalidRequest extends HttpException {
  constructor(readonly errors: readonly FieldError[]) {
    super('the request is not valid', 400);
  }
}

/** What the caller is told. Nothing of an unforeseen error but that it happened. */
export function problemOf(error: unknown, instance: string, traceId: string | undefined): Problem {
  const { status, detail, errors } = describe(error);
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance,
    ...(errors === undefined ? {} : { errors }),
    ...(traceId === undefined ? {} : { trace_id: traceId }),
  };
}

function describe(error: unknown): { status: number; detail: string; errors?: readonly FieldError[] } {
  if (error instanceof InvalidRequest) return { status: 400, detail: error.message, errors: error.errors };
  if (error instanceof HttpException) return { status: error.getStatus(), detail: error.message };
  if (isGrpcFailure(error)) return { status: httpStatusOf(error.code), detail: error.details };
  if (isBodyParserError(error)) return { status: error.statusCode, detail: error.message };
  return { status: 500, detail: 'the request failed unexpectedly' };
}

/** Express's body parser: 413 for too large a body, 415 for an unknown encoding, … */
function isBodyParserError(error: unknown): error is Error & { statusCode: number } {
  if (!(error instanceof Error)) return false;
  const { statusCode, expose } = error as { statusCode?: unknown; expose?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 && expose === true;
}
