import { NatsContext, NatsRecordBuilder, RmqContext, RmqRecordBuilder } from '@nestjs/microservices';
import type { TraceHeaders } from '@trace/telemetry';
import { headers as natsHeaders, type MsgHdrs } from 'nats';

/** What travels beside the body of a request. */
export interface RequestHeaders {
  readonly id: string;
  readonly trace: TraceHeaders;
}

const ID = 'message-id';

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

function partsOf(context: unknown): { destination: string; headers: Record<string, string> } {
  if (context instanceof NatsContext) {
    const hdrs = context.getHeaders() as MsgHdrs | undefined;
    const names = hdrs?.keys() ?? [];
    const headers = Object.fromEntries(names.map((name) => [name, hdrs?.get(name) ?? '']));
    return { destination: context.getSubject(), headers };
  }
  if (context instanceof RmqContext) {
    const { properties } = context.getMessage() as { properties?: { headers?: Record<string, unknown> } };
    const entries = Object.entries(properties?.headers ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return { destination: context.getPattern(), headers: Object.fromEntries(entries) };
  }
  throw new Error('requests come over NATS or RabbitMQ');
}
