import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { ClientProxyFactory, type ClientProxy } from '@nestjs/microservices';
import { MessagingTracer } from '@trace/telemetry';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';
import { Backoff } from '../../links/backoff';
import type { LinkState } from '../../links/link-state';
import { isGrpcFailure, RpcError } from '../../rpc/rpc-error';
import { peerOf } from '../broker-url';
import { followStatus } from './follow-status';
import { withHeaders } from './request-headers';
import { requestClient, type RequestTransport } from './transport';

/** Asks whoever answers for a destination, through the broker; every request has a deadline. */
export class RequestClient {
  private readonly client: ClientProxy;
  private readonly tracer: MessagingTracer;
  private isClosed = false;

  constructor(
    private readonly settings: RequestTransport,
    role: string,
    private readonly link: LinkState,
  ) {
    this.client = ClientProxyFactory.create(requestClient(settings, role));
    this.tracer = new MessagingTracer(peerOf(settings.broker.url));
    followStatus(this.client.status, link);
  }

  /**
   * The answer. The span `send`, whose context travels with the request, lasts until it is there.
   * @throws RpcError as the one who answers says; UNAVAILABLE when there is nobody, or no broker; DEADLINE_EXCEEDED
   */
  ask<Answer>(body: object): Promise<Answer> {
    const { destination, broker, answerTimeoutMillis } = this.settings;
    const id = randomUUID();
    const facts = { destination, id, bodyBytes: Buffer.byteLength(JSON.stringify(body)) };
    return this.tracer.send(facts, async (trace) => {
      const request = withHeaders(broker.url, body, { id, trace });
      try {
        return await firstValueFrom(
          this.client.send<Answer>(destination, request).pipe(timeout(answerTimeoutMillis)),
        );
      } catch (error) {
        throw this.failure(error);
      }
    });
  }

  onApplicationBootstrap(): void {
    void this.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    await this.client.close();
  }

  /** In the background until the broker has been there once; from then on the client comes back by itself. */
  private async connect(): Promise<void> {
    const reconnects = new Backoff(this.settings.broker.maxReconnectDelay);
    while (!this.isClosed) {
      try {
        await this.client.connect();
        return;
      } catch (error) {
        // What is no Error has the URL in it, and with that the password.
        this.link.disconnected(error instanceof Error ? error : undefined);
        await delay(reconnects.next(), undefined, { ref: false });
      }
    }
  }

  private failure(error: unknown): RpcError {
    const { destination } = this.settings;
    if (error instanceof TimeoutError)
      return new RpcError(status.DEADLINE_EXCEEDED, `no answer from ${destination} in time`);
    if (isGrpcFailure(error)) return new RpcError(error.code, error.details);
    const { code, message } = error as { code?: unknown; message?: unknown };
    // What the handler threw travels as this object.
    if (typeof code === 'number' && typeof message === 'string' && !(error instanceof Error))
      return new RpcError(code, message);
    return new RpcError(status.UNAVAILABLE, `${destination} cannot be reached through the broker`);
  }
}
