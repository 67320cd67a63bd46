import { Metadata, type CallOptions } from '@grpc/grpc-js';
import { ClientProxyFactory } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import { grpcOptions, type Api } from './grpc-options';

/** A service as Nest's client offers it: camel-case methods, lazily called. */
export type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
) => Observable<Response>;

/** Calls one service; every call has a deadline. */
export class GrpcClient<S> {
  private readonly client;
  private readonly service: S;

  constructor(
    api: Api,
    service: string,
    address: string,
    private readonly timeoutMillis: number,
  ) {
    this.client = ClientProxyFactory.create(grpcOptions(api, address));
    this.service = this.client.getService<S & object>(service);
  }

  /** Rejects with a failure that has a gRPC status (isGrpcFailure). */
  call<Request, Response>(
    method: (service: S) => Unary<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const deadline = Date.now() + this.timeoutMillis;
    return firstValueFrom(method(this.service)(request, new Metadata(), { deadline }));
  }

  onApplicationShutdown(): void {
    this.client.close();
  }
}
