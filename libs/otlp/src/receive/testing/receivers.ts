import { OtlpForwarder, type ForwarderOptions } from '../../forward/otlp-forwarder';
import type { ConnectionErrorReason } from '../connection-errors';
import { type Transport, createReceiver } from '../create-receiver';
import type { CallOutcome, ExportHandler } from '../export-call';
import type { GrpcReceiver, ReceiverOptions } from '../grpc-receiver';

export const RECEIVER_OPTIONS: ReceiverOptions = {
  host: '127.0.0.1',
  port: 0,
  maxReceiveBytes: 10_000,
  maxInFlightBytes: 20_000,
  maxConnections: 10,
  maxConcurrentStreamsPerConnection: 10,
  // Deadlines that no test meets by being slow; a test about one sets it.
  receiveTimeoutMillis: 30_000,
  handlerTimeoutMillis: 30_000,
  keepaliveMillis: 10_000,
  retryAfterMillis: 700,
};

/** A receiver for one test, with everything that it reported. */
export interface Started {
  readonly receiver: GrpcReceiver;
  readonly port: number;
  readonly outcomes: CallOutcome[];
  readonly connectionErrors: ConnectionErrorReason[];
  /** `tls` or `token`, with the message if it was refused. */
  readonly reloads: string[];
}

/** Starts receivers and clients, and stops them all at the end of a test. */
export class Receivers {
  readonly #cleanups: (() => unknown)[] = [];

  async start(
    transport: Transport,
    options: Partial<ReceiverOptions> = {},
    handler: ExportHandler = () => Promise.resolve(undefined),
  ): Promise<Started> {
    const [outcomes, connectionErrors, reloads]: [CallOutcome[], ConnectionErrorReason[], string[]] = [
      [],
      [],
      [],
    ];
    const receiver = createReceiver(transport, { ...RECEIVER_OPTIONS, ...options }, handler, {
      onAnswered: (outcome) => outcomes.push(outcome),
      onConnectionError: (reason) => connectionErrors.push(reason),
      onTlsReload: ({ error }) => reloads.push(error === undefined ? 'tls' : `tls: ${error.message}`),
      onTokenReload: (error) => reloads.push(error === undefined ? 'token' : `token: ${error.message}`),
    });
    const { port } = await receiver.start();
    this.onCleanUp(() => receiver.shutdown(0));
    return { receiver, port, outcomes, connectionErrors, reloads };
  }

  /** A grpc-js client with a connection of its own. */
  client(endpoint: number | string, options: Partial<ForwarderOptions> = {}): OtlpForwarder {
    const forwarder = new OtlpForwarder({
      transport: 'grpc-js',
      endpoint: typeof endpoint === 'number' ? `127.0.0.1:${endpoint}` : endpoint,
      timeoutMillis: 30_000,
      keepaliveMillis: 10_000,
      keepaliveTimeoutMillis: 30_000,
      maxReconnectMillis: 100,
      maxResponseBytes: 10_000,
      ...options,
    });
    this.onCleanUp(() => {
      forwarder.close();
    });
    return forwarder;
  }

  onCleanUp(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async cleanUp(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }
}

/** Looks again until it is true; fails the test's own way when the time is up. */
export async function until(isTrue: () => boolean, timeoutMillis = 30_000): Promise<void> {
  const end = Date.now() + timeoutMillis;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMillis} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
