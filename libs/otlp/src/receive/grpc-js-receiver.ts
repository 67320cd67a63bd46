import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type StatusObject,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { Socket } from 'node:net';
import { EXPORT_PATHS, SIGNALS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { STATUS_DETAILS_TRAILER, encodeStatusDetails } from '../status/status-details';
import { BaseReceiver } from './base-receiver';
import { exhausted } from './body-limits';
import { Holding } from './byte-budget';
import { AGE_GRACE_MILLIS } from './connection';
import type { ExportContext, ExportHandler } from './export-call';
import type { ReceiverEvents, ReceiverOptions } from './grpc-receiver';
import { UNIX_PEER } from './listener';
import { settlesWithin } from './settles-within';
import { withDeadline } from './with-deadline';

/** What grpc-js says of a connection without an address. */
const PEER_UNKNOWN = 'unknown';
const MAX_METADATA_BYTES = 16 * 1024;

/**
 * The reference: the same receiver on the gRPC library of Node. It counts a request's bytes when the request is
 * complete, so what has not arrived in full is bounded only by connections × streams × maxReceiveBytes; it has no
 * zstd, does not end a request that trickles in, does not tell of requests that are none of OTLP, and refuses a
 * connection too many instead of an idle one.
 */
export class GrpcJsReceiver extends BaseReceiver {
  readonly #server: Server;
  readonly #connections: ReturnType<Server['createConnectionInjector']>;

  constructor(options: ReceiverOptions, handler: ExportHandler, events: ReceiverEvents = {}) {
    super(options, handler, events);
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxReceiveBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': options.maxConcurrentStreamsPerConnection,
      'grpc.max_metadata_size': MAX_METADATA_BYTES,
      'grpc.keepalive_time_ms': options.keepaliveMillis,
      'grpc.keepalive_timeout_ms': options.keepaliveMillis,
      'grpc.enable_channelz': 0,
      ...(options.maxConnectionAgeMillis !== undefined && {
        'grpc.max_connection_age_ms': options.maxConnectionAgeMillis,
        'grpc.max_connection_age_grace_ms': options.maxConnectionAgeGraceMillis ?? AGE_GRACE_MILLIS,
      }),
    });
    for (const signal of SIGNALS) {
      this.#server.register(
        EXPORT_PATHS[signal],
        (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
          void this.#export(signal, call, answer);
        },
        asIs,
        asIs,
        'unary',
      );
    }
    this.#connections = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  override async shutdown(deadlineMillis: number): Promise<void> {
    this.listener.dropPending();
    const closed = this.listener.close();
    this.#connections.drain(deadlineMillis);
    await settlesWithin(closed, deadlineMillis);
    this.#server.forceShutdown();
    this.listener.destroyAll();
    this.token?.stop();
  }

  override accept(socket: Socket): void {
    this.#connections.injectConnection(socket);
  }

  /** Which of its connections are idle, the library does not say. */
  override makeRoom(): boolean {
    return false;
  }

  async #export(
    signal: Signal,
    call: ServerUnaryCall<Buffer, Buffer>,
    answer: sendUnaryData<Buffer>,
  ): Promise<void> {
    const receivedAtEpochMillis = Date.now();
    const body = call.request;
    const deadline = call.getDeadline();
    let isAnswered = false;
    let error: OtlpError | undefined;
    try {
      const [authorization] = call.metadata.get('authorization');
      const refusal = this.token?.refusal(authorization?.toString());
      if (refusal !== undefined) throw refusal;
      const running = this.#handle(body, {
        signal,
        peer: call.getPeer() === PEER_UNKNOWN ? UNIX_PEER : call.getPeer(),
        receivedAtEpochMillis,
        isOver: () => isAnswered || call.cancelled,
        ...(deadline !== Infinity && { deadlineEpochMillis: Number(deadline) }),
      });
      const response = await withDeadline(running, this.options.handlerTimeoutMillis);
      answer(null, response ?? Buffer.alloc(0));
    } catch (thrown) {
      error = OtlpError.from(thrown);
      answer(statusOf(error));
    }
    isAnswered = true;
    this.events.onAnswered?.({
      signal,
      code: call.cancelled ? 'CANCELLED' : (error?.code ?? 'OK'),
      receivedBytes: body.length,
      durationMillis: Date.now() - receivedAtEpochMillis,
      ...(error && { error }),
    });
  }

  /** The bytes are counted until the handler settles, however long ago its call was answered. */
  async #handle(body: Buffer, context: ExportContext): Promise<Buffer | undefined> {
    const holding = new Holding([this.budget]);
    if (!holding.take(body.length)) throw exhausted(this.options, holding);
    try {
      return await this.handler(body, context);
    } finally {
      holding.giveBack();
    }
  }
}

function statusOf(error: OtlpError): Pick<StatusObject, 'details' | 'metadata'> & { readonly code: number } {
  const metadata = new Metadata();
  const details = encodeStatusDetails(error);
  if (details !== undefined) metadata.set(STATUS_DETAILS_TRAILER, details);
  return { code: error.grpcStatus, details: error.message, metadata };
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
