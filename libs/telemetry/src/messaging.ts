import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE, ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT } from '@opentelemetry/semantic-conventions';
import {
  MESSAGING_BATCH_MESSAGE_COUNT,
  MESSAGING_DESTINATION_NAME,
  MESSAGING_MESSAGE_BODY_SIZE,
  MESSAGING_MESSAGE_ID,
  MESSAGING_OPERATION_NAME,
  MESSAGING_OPERATION_TYPE,
  MESSAGING_SYSTEM,
} from './messaging-attributes';

/** The broker that is spoken to. */
export interface MessagingPeer {
  /** `messaging.system`, e.g. `nats`, `rabbitmq`. */
  readonly system: string;
  /** Host name or IP address. */
  readonly address: string;
  readonly port: number;
}

/** What the span of one message tells of it. */
export interface MessageFacts {
  /** As the system's convention writes it: a subject, `exchange:routing key`, … */
  readonly destination: string;
  readonly id: string;
  readonly bodyBytes: number;
}

/** What travels with a message: `traceparent`, `tracestate`, `baggage`. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** The span around a handler, as the handler sees it. */
export interface ProcessSpan {
  /** The message failed, although the handler comes to an end: it is retried or put aside. */
  fail(error: unknown): void;
}

type OperationType = 'create' | 'send' | 'process';

/**
 * The spans of messages, the same for every broker.
 * https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 *
 * | operation | kind | its context | relation |
 * |---|---|---|---|
 * | `send` of one message | PRODUCER | goes into the message | child of the current span |
 * | `create`, one for each message of a batch | PRODUCER | goes into the message | child of the current span |
 * | `send` of a batch | CLIENT | stays here | child of the current span, linked to each `create` |
 * | `send` of a message that is passed on | CLIENT | stays here; the message keeps its own | child of the current span |
 * | `process` | CONSUMER | | child of the message's context, or a root when it carries none |
 */
export class MessagingTracer {
  private readonly tracer = trace.getTracer('@trace/telemetry/messaging');
  private readonly peer: Attributes;

  constructor({ system, address, port }: MessagingPeer) {
    this.peer = {
      [MESSAGING_SYSTEM]: system,
      [ATTR_SERVER_ADDRESS]: address,
      [ATTR_SERVER_PORT]: port,
    };
  }

  /** Publishes one message; `origins` are messages that it comes of, e.g. when it is sent again. */
  send<T>(
    message: MessageFacts,
    publish: (headers: TraceHeaders) => Promise<T>,
    origins: readonly TraceHeaders[] = [],
  ): Promise<T> {
    const span = this.start(
      'send',
      SpanKind.PRODUCER,
      message.destination,
      factsOf(message),
      linksTo(origins),
    );
    return within(span, context.active(), () => publish(injected()));
  }

  /** The context of one message of a batch. */
  create(message: MessageFacts): TraceHeaders {
    const span = this.start('create', SpanKind.PRODUCER, message.destination, factsOf(message));
    span.end();
    return injected(trace.setSpan(context.active(), span));
  }

  /** Publishes messages that have their contexts by `create`. The SDK keeps 128 links of a span. */
  sendBatch<T>(destination: string, created: readonly TraceHeaders[], publish: () => Promise<T>): Promise<T> {
    const count = { [MESSAGING_BATCH_MESSAGE_COUNT]: created.length };
    const span = this.start('send', SpanKind.CLIENT, destination, count, linksTo(created));
    return within(span, context.active(), publish);
  }

  /** Publishes a message that has its context already: to be tried again, or as a dead letter. */
  forward<T>(message: MessageFacts, publish: () => Promise<T>): Promise<T> {
    const span = this.start('send', SpanKind.CLIENT, message.destination, factsOf(message));
    return within(span, context.active(), publish);
  }

  /** Runs a message's handler within the trace that the message carries. */
  process<T>(
    message: MessageFacts,
    headers: TraceHeaders,
    handle: (span: ProcessSpan) => Promise<T>,
  ): Promise<T> {
    const sender = propagation.extract(ROOT_CONTEXT, headers);
    const span = this.start('process', SpanKind.CONSUMER, message.destination, factsOf(message), [], sender);
    return within(span, sender, () =>
      handle({
        fail: (error) => {
          markFailed(span, error);
        },
      }),
    );
  }

  private start(
    operation: OperationType,
    kind: SpanKind,
    destination: string,
    attributes: Attributes,
    links: Link[] = [],
    parent: Context = context.active(),
  ): Span {
    return this.tracer.startSpan(
      `${operation} ${destination}`,
      {
        kind,
        links,
        attributes: {
          ...this.peer,
          [MESSAGING_OPERATION_NAME]: operation,
          [MESSAGING_OPERATION_TYPE]: operation,
          [MESSAGING_DESTINATION_NAME]: destination,
          ...attributes,
        },
      },
      parent,
    );
  }
}

function factsOf({ id, bodyBytes }: MessageFacts): Attributes {
  return { [MESSAGING_MESSAGE_ID]: id, [MESSAGING_MESSAGE_BODY_SIZE]: bodyBytes };
}

function injected(from: Context = context.active()): TraceHeaders {
  const headers: Record<string, string> = {};
  propagation.inject(from, headers);
  return headers;
}

function linksTo(messages: readonly TraceHeaders[]): Link[] {
  return messages.flatMap((headers) => {
    const linked = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
    return linked === undefined ? [] : [{ context: linked }];
  });
}

async function within<T>(span: Span, parent: Context, run: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(parent, span), run);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function markFailed(span: Span, cause: unknown): void {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const { code } = error as { code?: unknown };
  span.recordException(error);
  span.setAttribute(ATTR_ERROR_TYPE, typeof code === 'string' ? code : error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
