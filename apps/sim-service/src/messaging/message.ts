import { randomUUID } from 'node:crypto';
import type { TraceHeaders } from '@trace/telemetry';

/** The order in which they are served. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** One message, whichever broker carries it. */
export interface Message {
  /** Letters, digits, `_` and `-`; the same however often the message is delivered. */
  readonly id: string;
  readonly priority: Priority;
  /** The body, UTF-8. */
  readonly content: string;
  /** When it was sent, or sent again by hand. */
  readonly sentAtMillis: number;
  /** 1 at first; 2 when it failed once. */
  readonly attempt: number;
  /** `traceparent` and its like. */
  readonly trace: TraceHeaders;
}

/** A message that was put aside. */
export interface DeadLetter {
  readonly message: Message;
  readonly reason: string;
  readonly failedAtMillis: number;
  /** Of the attempt that failed last. */
  readonly traceId: string | undefined;
}

/** What the broker itself knows of a message: it stands in for headers that another sender left out. */
export interface Defaults {
  readonly priority: Priority;
  readonly sentAtMillis: number;
}

export type Headers = Readonly<Record<string, string>>;

export const ID = 'message-id';
const PRIORITY = 'message-priority';
const SENT_AT = 'message-sent-at';
const ATTEMPT = 'message-attempt';
const REASON = 'dead-reason';
const FAILED_AT = 'dead-failed-at';
const TRACE_ID = 'dead-trace-id';
const TRACE_HEADERS = new Set(['traceparent', 'tracestate', 'baggage']);
const VALID_ID = /^[\w-]{1,64}$/;

export function headersOf({ id, priority, sentAtMillis, attempt, trace }: Message): Headers {
  return {
    ...trace,
    [ID]: id,
    [PRIORITY]: priority,
    [SENT_AT]: String(sentAtMillis),
    [ATTEMPT]: String(attempt),
  };
}

/** A body alone is a message: nothing that another program may publish is refused. */
export function messageOf(headers: Headers, content: string, defaults: Defaults): Message {
  const id = headers[ID] ?? '';
  return {
    id: VALID_ID.test(id) ? id : randomUUID(),
    priority: PRIORITIES.find((known) => known === headers[PRIORITY]) ?? defaults.priority,
    content,
    sentAtMillis: positive(headers[SENT_AT]) ?? defaults.sentAtMillis,
    attempt: positive(headers[ATTEMPT]) ?? 1,
    trace: Object.fromEntries(Object.entries(headers).filter(([name]) => TRACE_HEADERS.has(name))),
  };
}

export function deadLetterHeadersOf({ message, reason, failedAtMillis, traceId }: DeadLetter): Headers {
  return {
    ...headersOf(message),
    // A header cannot hold line ends, nor should it hold a page.
    [REASON]: reason.replaceAll(/\s+/g, ' ').slice(0, 500),
    [FAILED_AT]: String(failedAtMillis),
    ...(traceId === undefined ? {} : { [TRACE_ID]: traceId }),
  };
}

/** `reason`: what the broker says of a message that it put aside by itself. */
export function deadLetterOf(
  headers: Headers,
  content: string,
  defaults: Defaults & { readonly reason: string },
): DeadLetter {
  const message = messageOf(headers, content, defaults);
  return {
    message,
    reason: headers[REASON] ?? defaults.reason,
    failedAtMillis: positive(headers[FAILED_AT]) ?? defaults.sentAtMillis,
    traceId: headers[TRACE_ID] ?? /^\w\w-([0-9a-f]{32})-/.exec(message.trace.traceparent ?? '')?.[1],
  };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
