import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, DropArgument, Socket } from 'node:net';
import { SIGNALS, type Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { encodeStatus } from '../status/status-details';
import { type BodyLimits, roomForOneBytes } from './body-limits';
import { ByteBudget, Holding } from './byte-budget';
import type { ExportContext, ExportHandler } from './export-call';
import { readHttpBody } from './http-body';
import type { ReceiverEvents } from './grpc-receiver';
import { describeRequest } from './refused-call';
import { settlesWithin } from './settles-within';
import { withDeadline } from './with-deadline';

export interface HttpReceiverOptions extends BodyLimits {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Bytes that all requests together may hold, from their first byte to their answer. */
  readonly maxInFlightBytes: number;
  /** A connection over this is closed at once. */
  readonly maxConnections: number;
  /** A whole request must have arrived within this. */
  readonly receiveTimeoutMillis: number;
  readonly handlerTimeoutMillis: number;
}

const PROTOBUF = 'application/x-protobuf';
const SIGNAL_OF_PATH: ReadonlyMap<string, Signal> = new Map(
  SIGNALS.map((signal) => [`/v1/${signal}`, signal]),
);
const MAX_HEADER_BYTES = 16 * 1024;
/** How often Node looks for requests that take too long to arrive. */
const SWEEP_MILLIS = 1000;

/**
 * OTLP/HTTP server in binary protobuf (https://opentelemetry.io/docs/specs/otlp/#otlphttp), with the same
 * handler and the same bounds as the gRPC receivers. JSON is answered with 415.
 */
export class OtlpHttpReceiver {
  readonly #server: Server;
  readonly #budget: ByteBudget;
  #connections = 0;
  #closing = false;

  constructor(
    private readonly options: HttpReceiverOptions,
    private readonly handler: ExportHandler,
    private readonly events: ReceiverEvents = {},
  ) {
    this.#budget = new ByteBudget(Math.max(options.maxInFlightBytes, roomForOneBytes(options)));
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: options.receiveTimeoutMillis,
        requestTimeout: options.receiveTimeoutMillis,
        connectionsCheckingInterval: SWEEP_MILLIS,
      },
      (request, response) => void this.#receive(request, response),
    );
    this.#server.maxConnections = options.maxConnections;
    this.#server.on('drop', (dropped?: Partial<DropArgument>) =>
      this.events.onConnectionError?.('limit', { peer: peerOf(dropped) }),
    );
    // A client that does not read its answers, or sends nothing for longer than two requests may take, is cut off.
    this.#server.setTimeout(2 * options.receiveTimeoutMillis);
    // One that could not be accepted (no file descriptor is left): the others go on.
    this.#server.on('error', ({ message }) => {
      if (this.#server.listening) this.events.onConnectionError?.('accept', { peer: '', message });
    });
    this.#server.on('clientError', (error, socket) => {
      // The type says Duplex, for servers that are given their connections; this one listens.
      const peer = peerOf(socket as Socket);
      this.events.onConnectionError?.('protocol', { peer, message: error.message });
      socket.destroy();
    });
    this.#server.on('connection', (socket) => {
      this.#connections += 1;
      socket.on('close', () => (this.#connections -= 1));
    });
  }

  /** Bytes of requests that are not yet answered. */
  get inFlightBytes(): number {
    return this.#budget.inUseBytes;
  }

  get connectionCount(): number {
    return this.#connections;
  }

  /** Listens; rejects with Node's own error (EADDRINUSE, EACCES …). */
  async start(): Promise<{ port: number }> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return { port: (this.#server.address() as AddressInfo).port };
  }

  /** Stops accepting and waits for running requests; at the deadline their connections are closed. */
  async shutdown(deadlineMillis: number): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    if (!(await settlesWithin(closed, deadlineMillis))) this.#server.closeAllConnections();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signal = SIGNAL_OF_PATH.get(request.url ?? '');
    if (signal === undefined) {
      this.#refuse(request, response, 404, 'paths are /v1/traces, /v1/logs and /v1/metrics');
    } else if (request.method !== 'POST') {
      this.#refuse(request, response, 405, 'use POST');
    } else if (!request.headers['content-type']?.startsWith(PROTOBUF)) {
      this.#refuse(request, response, 415, `use content-type ${PROTOBUF}`);
    } else {
      await this.#export(request, response, signal);
    }
  }

  async #export(request: IncomingMessage, response: ServerResponse, signal: Signal): Promise<void> {
    const context: ExportContext = {
      signal,
      peer: peerOf(request.socket),
      receivedAtEpochMillis: Date.now(),
      isOver: () => response.headersSent || response.destroyed,
    };
    const holding = new Holding([this.#budget]);
    let receivedBytes = 0;
    let error: OtlpError | undefined;
    try {
      const body = await readHttpBody(request, holding, this.options);
      receivedBytes = body.length;
      const answer = await withDeadline(this.handler(body, context), this.options.handlerTimeoutMillis);
      this.#answer(response, 200, answer ?? Buffer.alloc(0));
    } catch (thrown) {
      error = OtlpError.from(thrown);
      this.#answer(response, error.httpStatus, encodeStatus(error), error.retryAfterMillis);
    } finally {
      holding.giveBack();
    }
    this.events.onAnswered?.({
      signal,
      code: error?.code ?? 'OK',
      receivedBytes,
      durationMillis: Date.now() - context.receivedAtEpochMillis,
      ...(error && { error }),
    });
  }

  #answer(response: ServerResponse, status: number, body: Buffer, retryAfterMillis?: number): void {
    if (response.destroyed) return;
    response.statusCode = status;
    response.setHeader('content-type', PROTOBUF);
    response.setHeader('content-length', body.length);
    if (retryAfterMillis !== undefined) {
      response.setHeader('retry-after', Math.ceil(retryAfterMillis / 1000));
    }
    if (this.#closing) response.setHeader('connection', 'close');
    response.end(body);
  }

  /** Not an OTLP request: said in words that a person with curl can read. */
  #refuse(request: IncomingMessage, response: ServerResponse, status: number, words: string): void {
    const { method = '', url = '', headers, socket } = request;
    const message = describeRequest({ ...headers, ':method': method, ':path': url });
    this.events.onConnectionError?.('not_otlp', { peer: peerOf(socket), message });
    request.resume();
    response.writeHead(status, { 'content-type': 'text/plain', ...(status === 405 && { allow: 'POST' }) });
    response.end(`${words}\n`);
  }
}

function peerOf({
  remoteAddress = '',
  remotePort = 0,
}: Partial<Pick<Socket, 'remoteAddress' | 'remotePort'>> = {}): string {
  return `${remoteAddress}:${remotePort}`;
}
