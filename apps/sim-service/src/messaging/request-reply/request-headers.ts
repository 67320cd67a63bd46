import { NatsContext, NatsRecordBuilder, RmqContext, RmqRecordBuilder } from '@nestjs/microservices';
import type { TraceHeaders } from '@trace/telemetry';
import type { ConsumeMessage } from 'amqplib';
import { headers as natsHeaders, type MsgHdrs } from 'nats';
import { fromNats } from '../jetstream/pull-queue';
import { ID, type Headers } from '../message';
import { fromRabbitMq } from '../rabbitmq/codec';

/** What travels beside the body of a request. */
export interface RequestHeaders {
  readonly id: string;
  readonly trace: TraceHeaders;
}

/** The request as Nest's client for this kind of URL sends it. */
export function withHeaders(url: URL, body: object, { id, trace }: RequestHeaders): object {
  const headers = { ...trace, [ID]: id };
  if (url.protocol !== 'nats:') return new RmqRecordBuilder(body).setOptions({ headers }).build();
  const hdrs = natsHeaders();
  for (const [name, value] of Object.entries(headers)) hdrs.set(name, value);
  return new NatsRecordBuilder(body).setHeaders(hdrs).build();
}

/** Where a request was sent to and what it came with, by the context that Nest's server gives its handler. */
export function receivedOf(context: unknown): RequestHeaders & { readonly destination: string } {
  const { destination, headers } = partsOf(context);
  const { [ID]: id = '', ...trace } = headers;
  return { destination, id, trace };
}

function partsOf(context: unknown): { destination: string; headers: Headers } {
  if (context instanceof NatsContext) {
    const headers = fromNats(context.getHeaders() as MsgHdrs | undefined);
    return { destination: context.getSubject(), headers };
  }
  if (context instanceof RmqContext) {
    const headers = fromRabbitMq(context.getMessage() as ConsumeMessage);
    return { destination: context.getPattern(), headers };
  }
  throw new Error('requests come over NATS or RabbitMQ');
}
