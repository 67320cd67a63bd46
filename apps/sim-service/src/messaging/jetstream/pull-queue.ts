import { nanos, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { Delivery } from '../broker';
import { messageOf, PRIORITIES, type Headers, type Priority } from '../message';
import type { JetStreamConnection } from './connection';
import { ACK_WAIT_MILLIS, pullSubjectOf, subjectOf } from './topology';

/** A header of ours: milliseconds since 1970 before which a retry is not due. */
export const NOT_BEFORE = 'message-not-before';

/** One message or the answer that there is none, at once: asking one priority never keeps another waiting. */
const PULL_ONE = JSON.stringify({ batch: 1, no_wait: true });
const REQUEST_TIMEOUT_MILLIS = 2000;
/** A message comes with the subject that it was sent to, by which the client's shared inbox cannot tell whose it is. */
const OWN_INBOX = { timeout: REQUEST_TIMEOUT_MILLIS, noMux: true };
const RELEASE_MILLIS = 1000;

/**
 * The three consumers as one queue by priority: each pull asks high, then normal, then low. The
 * client library's own pulls wait at least a second where nothing is, so these are requests of
 * their own. https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export class PullQueue {
  constructor(private readonly connection: JetStreamConnection) {}

  /** Undefined when nothing is due, or the server is away. */
  async next(): Promise<Delivery | undefined> {
    const nc = this.connection.current?.nc;
    if (nc === undefined) return undefined;
    for (const priority of PRIORITIES) {
      const found = await pullDue(nc, priority);
      if (found !== undefined) return deliveryOf(found, priority, nc);
    }
    return undefined;
  }
}

/** The next message that is due; those that are not go back until they are. */
async function pullDue(nc: NatsConnection, priority: Priority): Promise<Msg | undefined> {
  for (;;) {
    const answer = await nc.request(pullSubjectOf(priority), PULL_ONE, OWN_INBOX);
    // A status, 404 when there is nothing, is not sent for acknowledgement.
    if (answer.reply === undefined || answer.reply === '') return undefined;
    const waitMillis = Number(answer.headers?.get(NOT_BEFORE) ?? 0) - Date.now();
    if (!(waitMillis > 0)) return answer;
    nak(answer, waitMillis);
  }
}

function deliveryOf(msg: Msg, priority: Priority, nc: NatsConnection): Delivery {
  const working = setInterval(() => msg.respond('+WPI'), ACK_WAIT_MILLIS / 3);
  return {
    message: messageOf(fromNats(msg.headers), msg.string(), { priority, sentAtMillis: Date.now() }),
    destination: subjectOf(priority),
    async ack(): Promise<void> {
      clearInterval(working);
      // Answered, so that a server that was killed meanwhile does not count as told.
      await nc.request(msg.reply ?? '', '+ACK', { timeout: REQUEST_TIMEOUT_MILLIS });
    },
    release(): Promise<void> {
      clearInterval(working);
      nak(msg, RELEASE_MILLIS);
      return Promise.resolve();
    },
  };
}

function nak(msg: Msg, delayMillis: number): void {
  msg.respond(`-NAK ${JSON.stringify({ delay: nanos(Math.ceil(delayMillis)) })}`);
}

/** As either of the two client packages has them. */
interface NatsHeaders {
  keys(): string[];
  get(name: string): string;
}

export function fromNats(headers: NatsHeaders | undefined): Headers {
  return Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.get(name) ?? '']));
}
