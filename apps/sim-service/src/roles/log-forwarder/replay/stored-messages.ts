import {
  AckPolicy,
  DeliverPolicy,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { logsSubjectOf, LOGS_STREAM } from '@trace/telemetry';
import type { Link } from '../../../messaging/jetstream/connection';

/** Of an ordered consumer that is read slowly, no more than this is in memory. */
const MAX_BUFFERED_MESSAGES = 32;
const PULL_EXPIRES_MILLIS = 5000;
/** A server that is away comes back within this, or the replay ends. */
const SILENCE_MILLIS = 60_000;
const COUNTING_MILLIS = 5000;

export interface Window {
  readonly since: string;
  /** Not included. */
  readonly until: string;
  readonly service: string | undefined;
}

export interface StoredMessages {
  readonly count: number;
  /** In the order in which they were stored. @throws Error when the server is silent for too long */
  read(signal: AbortSignal): AsyncGenerator<JsMsg, void>;
}

/** What the stream has stored in the time; the durable consumer knows nothing of it. */
export async function storedMessages(
  { js, jsm }: Link,
  { since, until, service }: Window,
): Promise<StoredMessages> {
  const filter_subject = service === undefined ? `${LOGS_STREAM}.>` : logsSubjectOf(service);
  const [all, later] = await Promise.all([since, until].map((time) => countSince(jsm, filter_subject, time)));
  const count = (all ?? 0) - (later ?? 0);
  return {
    count,
    async *read(signal): AsyncGenerator<JsMsg, void> {
      if (count <= 0) return;
      const consumer = await js.consumers.get(LOGS_STREAM, {
        deliver_policy: DeliverPolicy.StartTime,
        opt_start_time: utc(since),
        filter_subjects: filter_subject,
      });
      const messages = await consumer.consume({
        max_messages: MAX_BUFFERED_MESSAGES,
        expires: PULL_EXPIRES_MILLIS,
      });
      const stop = (): void => {
        messages.stop();
      };
      signal.addEventListener('abort', stop);
      try {
        const end = Date.parse(until);
        let left = count;
        for await (const message of withoutSilence(messages)) {
          if (message.time.getTime() >= end) return;
          yield message;
          left -= 1;
          // The next may never come.
          if (left === 0 || message.info.pending === 0) return;
        }
      } finally {
        signal.removeEventListener('abort', stop);
        // Its close() resolves for who reads to the end. The server forgets the consumer by itself.
        messages.stop();
      }
    },
  };
}

async function* withoutSilence(messages: ConsumerMessages): AsyncGenerator<JsMsg, void> {
  const iterator = messages[Symbol.asyncIterator]();
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no message from NATS in ${SILENCE_MILLIS / 1000} s`));
      }, SILENCE_MILLIS);
    });
    try {
      const next = await Promise.race([iterator.next(), silence]);
      if (next.done === true) return;
      yield next.value;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function countSince(jsm: JetStreamManager, filter_subject: string, time: string): Promise<number> {
  const { name, num_pending } = await jsm.consumers.add(LOGS_STREAM, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: utc(time),
    filter_subject,
    inactive_threshold: nanos(COUNTING_MILLIS),
  });
  await jsm.consumers.delete(LOGS_STREAM, name);
  return num_pending;
}

/** The server reads no offset but Z. */
function utc(time: string): string {
  return new Date(time).toISOString();
}
