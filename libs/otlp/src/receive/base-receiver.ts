import type { Socket } from 'node:net';
import { BearerToken } from './bearer-token';
import { roomForOneBytes } from './body-limits';
import { ByteBudget } from './byte-budget';
import type { ExportHandler } from './export-call';
import type { GrpcReceiver, ReceiverEvents, ReceiverOptions } from './grpc-receiver';
import { type Acceptor, Listener } from './listener';

/** What a receiver has whatever it is built on: where it listens, what it may hold, and whom it lets in. */
export abstract class BaseReceiver implements GrpcReceiver, Acceptor {
  protected readonly listener: Listener;
  protected readonly budget: ByteBudget;
  protected readonly token: BearerToken | undefined;

  constructor(
    protected readonly options: ReceiverOptions,
    protected readonly handler: ExportHandler,
    protected readonly events: ReceiverEvents = {},
  ) {
    this.budget = new ByteBudget(Math.max(options.maxInFlightBytes, roomForOneBytes(options)));
    this.listener = new Listener(options, this, events);
    if (options.bearerToken !== undefined) {
      this.token = new BearerToken(options.bearerToken, (error) => this.events.onTokenReload?.(error));
    }
  }

  get inFlightBytes(): number {
    return this.budget.inUseBytes;
  }

  get connectionCount(): number {
    return this.listener.connectionCount;
  }

  get certificateNotAfterEpochMillis(): number | undefined {
    return this.listener.certificateNotAfterEpochMillis;
  }

  async start(): Promise<{ port: number }> {
    this.token?.start();
    return this.listener.listen();
  }

  abstract shutdown(deadlineMillis: number): Promise<void>;
  abstract accept(socket: Socket, peer: string): void;
  abstract makeRoom(): boolean;
}
