import type { ExportHandler } from '../../export-call';
import type { ReceiverOptions } from '../../grpc-receiver';
import { Receivers, type Started, until } from '../../testing/receivers';
import { RawClient } from './raw-client';

/** Clients by hand answer no pings, and tests may be slow. */
const OPTIONS = { keepaliveMillis: 2 ** 30 };

/** A receiver on our own HTTP/2, and a client by hand with settings exchanged. */
export class UnaryServer {
  /** What the handler was given. */
  readonly bodies: string[] = [];
  readonly #receivers = new Receivers();
  #started: Started | undefined;
  #client: RawClient | undefined;
  /** While it is there, requests are not answered. */
  #held: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  get started(): Started {
    if (this.#started === undefined) throw new Error('not started');
    return this.#started;
  }

  get client(): RawClient {
    if (this.#client === undefined) throw new Error('not started');
    return this.#client;
  }

  async start(
    options: Partial<ReceiverOptions> = {},
    handler: ExportHandler = async (body) => {
      this.bodies.push(body.toString());
      await this.#held?.promise;
      return undefined;
    },
  ): Promise<void> {
    await this.stop();
    this.#started = await this.#receivers.start('http2-unary', { ...OPTIONS, ...options }, handler);
    this.#client = this.open();
  }

  /** Another client. */
  open(settings?: ReadonlyMap<number, number>): RawClient {
    return this.#kept(RawClient.open(this.started.port, settings));
  }

  silent(): RawClient {
    return this.#kept(RawClient.silent(this.started.port));
  }

  hold(): void {
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((settle) => (resolve = settle));
    this.#held = { promise, resolve };
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Another client is served, whatever the first has done, and nothing is left of what that had. */
  async isSound(): Promise<void> {
    this.release();
    const other = this.open();
    other.request(1);
    expect((await other.answer(1)).headers['grpc-status']).toBe('0');
    other.socket.destroy();
    await until(() => this.started.receiver.inFlightBytes === 0);
  }

  async stop(): Promise<void> {
    await this.#receivers.cleanUp();
    this.bodies.length = 0;
  }

  #kept(client: RawClient): RawClient {
    this.#receivers.onCleanUp(() => client.socket.destroy());
    return client;
  }
}
