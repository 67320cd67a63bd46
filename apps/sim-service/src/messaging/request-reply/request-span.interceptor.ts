import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { MessagingTracer, type MessagingPeer } from '@trace/telemetry';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { receivedOf } from './request-headers';

/** Injection token of the broker that requests come through. */
export const REQUEST_PEER = Symbol('RequestPeer');

/** The `process` span of a request, in the trace of the one who asks. */
@Injectable()
export class RequestSpanInterceptor implements NestInterceptor {
  private readonly tracer: MessagingTracer;

  constructor(@Inject(REQUEST_PEER) peer: MessagingPeer) {
    this.tracer = new MessagingTracer(peer);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rpc = context.switchToRpc();
    const { destination, id, trace } = receivedOf(rpc.getContext());
    const facts = { destination, id, bodyBytes: Buffer.byteLength(JSON.stringify(rpc.getData())) };
    return from(this.tracer.process(facts, trace, () => lastValueFrom(next.handle())));
  }
}
