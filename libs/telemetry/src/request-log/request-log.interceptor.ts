import { setImmediate } from 'node:timers';
import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, tap, type Observable } from 'rxjs';
import { grpcMessageBytes } from './grpc-message-sizes';
import { maskedJson, maskedText } from './masked-body';
import { bodyRules, REQUEST_LOG_OPTIONS, type BodyRules, type RequestLogOptions } from './options';

/** What a transport's context tells of the message that it carries, to be in the message's line. */
export interface LoggedMessage {
  /** `messaging.destination.name` */
  readonly destination: string;
  readonly id: string;
  readonly body: string;
  readonly contentType: string;
  /** Further fields of the line. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A Nest RPC context with such a message. */
export interface LoggedMessageContext {
  loggedMessage(): LoggedMessage;
}

interface GrpcCall {
  getPath(): string;
}

const GRPC_OK = 0;
const GRPC_UNKNOWN = 2;
const GRPC_MEDIA_TYPE = 'application/grpc';

/**
 * One line for each gRPC call and each message. Bound where the outcome is known and the span is active: for gRPC
 * outside of what maps errors to statuses, for messages inside of what makes the `process` span.
 */
@Injectable()
export class RequestLogInterceptor implements NestInterceptor {
  private readonly logger: RequestLogOptions['logger'];
  private readonly bodies: BodyRules | undefined;

  constructor(@Inject(REQUEST_LOG_OPTIONS) { logger, bodies }: RequestLogOptions) {
    this.logger = logger;
    this.bodies = bodies && bodyRules(bodies);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'rpc') return next.handle();
    const call: unknown = context.getArgByIndex(2);
    if (isGrpcCall(call)) return this.grpc(call, context.getArgByIndex(0), next);
    const transport: unknown = context.switchToRpc().getContext();
    return isMessageContext(transport) ? this.message(transport.loggedMessage(), next) : next.handle();
  }

  private grpc(call: GrpcCall, request: unknown, next: CallHandler): Observable<unknown> {
    const startedAt = performance.now();
    const path = call.getPath().slice(1);
    const separator = path.lastIndexOf('/');
    const log = (code: number, response?: unknown): void => {
      const durationMillis = Math.round(performance.now() - startedAt);
      // The response is encoded once it has left the interceptors.
      setImmediate(() => {
        this.logger.info(
          {
            'rpc.service': path.slice(0, separator),
            'rpc.method': path.slice(separator + 1),
            'rpc.grpc.status_code': code,
            'rpc.request.size': grpcMessageBytes(request),
            'rpc.response.size': grpcMessageBytes(response),
            durationMillis,
            ...this.grpcBody('rpc.request.body', request),
            ...this.grpcBody('rpc.response.body', response),
          },
          `${path} ${grpcStatusName(code)}`,
        );
      });
    };
    return next.handle().pipe(
      tap((response) => {
        log(GRPC_OK, response);
      }),
      catchError((error: unknown) => {
        const { code } = error as { code?: unknown };
        log(typeof code === 'number' ? code : GRPC_UNKNOWN);
        throw error;
      }),
    );
  }

  private grpcBody(field: string, message: unknown): object {
    if (message === undefined || this.bodies?.takes(GRPC_MEDIA_TYPE) !== true) return {};
    const bytes = grpcMessageBytes(message);
    if (bytes !== undefined && bytes > this.bodies.maxBytes) return {};
    const text = maskedJson(message, this.bodies);
    return text.length > this.bodies.maxBytes ? {} : { [field]: text };
  }

  private message(
    { destination, id, body, contentType, fields }: LoggedMessage,
    next: CallHandler,
  ): Observable<unknown> {
    const startedAt = performance.now();
    const bytes = Buffer.byteLength(body);
    const { bodies } = this;
    const text =
      bodies?.takes(contentType) === true && bytes <= bodies.maxBytes
        ? maskedText(body, contentType, bodies)
        : undefined;
    const log = (outcome: 'ok' | 'failed'): void => {
      this.logger.info(
        {
          'messaging.destination.name': destination,
          'messaging.message.id': id,
          'messaging.message.body.size': bytes,
          outcome,
          durationMillis: Math.round(performance.now() - startedAt),
          ...fields,
          'messaging.message.body': text,
        },
        `${destination} ${outcome}`,
      );
    };
    return next.handle().pipe(
      tap({
        complete: () => {
          log('ok');
        },
      }),
      catchError((error: unknown) => {
        log('failed');
        throw error;
      }),
    );
  }
}

function isGrpcCall(argument: unknown): argument is GrpcCall {
  return typeof (argument as { getPath?: unknown } | undefined)?.getPath === 'function';
}

function isMessageContext(transport: unknown): transport is LoggedMessageContext {
  return typeof (transport as { loggedMessage?: unknown } | undefined)?.loggedMessage === 'function';
}

/** https://grpc.io/docs/guides/status-codes/; by number, so that grpc-js is not loaded for its names. */
const GRPC_STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

function grpcStatusName(code: number): string {
  return GRPC_STATUS_NAMES[code] ?? String(code);
}
