import { connectivityState, Metadata, type CallOptions, type Client } from '@grpc/grpc-js';
import { ClientProxyFactory } from '@nestjs/microservices';
import { firstValueFrom, type Observable } from 'rxjs';
import type { Dependency, DependencyState, Peer } from '../health/dependency';
import { grpcOptions, type Api } from './grpc-options';

/** A service as Nest's client offers it: camel-case methods, lazily called. */
export type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
) => Observable<Response>;

const STATES: Record<connectivityState, DependencyState> = {
  [connectivityState.IDLE]: 'idle',
  [connectivityState.CONNECTING]: 'connecting',
  [connectivityState.READY]: 'connected',
  [connectivityState.TRANSIENT_FAILURE]: 'disconnected',
  [connectivityState.SHUTDOWN]: 'disconnected',
};

export interface Upstream {
  readonly api: Api;
  readonly service: string;
  /** host:port */
  readonly address: string;
  readonly timeoutMillis: number;
  /** Without it the role is of no use. */
  readonly isRequired: boolean;
}

/** Calls one service; every call has a deadline. */
export class GrpcClient<S> implements Dependency {
  readonly name: string;
  readonly peer: Peer;
  readonly isRequired: boolean;
  private readonly client;
  private readonly service: S;
  private readonly channel: ReturnType<Client['getChannel']>;
  private readonly timeoutMillis: number;

  constructor({ api, service, address, timeoutMillis, isRequired }: Upstream) {
    const [host = '', port] = address.split(':');
    this.name = api;
    this.peer = { system: 'grpc', address: host, port: Number(port) };
    this.isRequired = isRequired;
    this.timeoutMillis = timeoutMillis;
    this.client = ClientProxyFactory.create(grpcOptions(api, address));
    this.service = this.client.getService<S & object>(service);
    this.channel = this.client.getClientByServiceName<Client>(service).getChannel();
  }

  /** A channel that is idle is made to connect, so that the next who looks knows more. */
  get state(): DependencyState {
    return STATES[this.channel.getConnectivityState(true)];
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
