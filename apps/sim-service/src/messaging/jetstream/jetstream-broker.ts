import { JetStreamApiError } from '@nats-io/jetstream';
import { headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { MessagingPeer } from '@trace/telemetry';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import { LinkState, type LinkStatus } from '../../links/link-state';
import { NotConfirmed, type Broker } from '../broker';
import { brokerLink } from '../broker-link';
import { peerOf } from '../broker-url';
import { headersOf, type Headers, type Message } from '../message';
import { JetStreamConnection } from './connection';
import { JetStreamDeadLetters } from './dead-letters';
import { NOT_BEFORE, PullQueue } from './pull-queue';
import { JetStreamServer } from './server';
import { declareTopology, subjectOf } from './topology';

/** One try of several: what a server that was killed had not yet answered is asked again. */
const TRY_MILLIS = 1000;
const RETRY_MILLIS = 100;

/** Stores a message under an id, however often it is asked to. @throws NotConfirmed */
export type Publish = (
  subject: string,
  headers: Headers,
  content: string,
  storeOnceAs: string,
) => Promise<void>;

/** NATS JetStream. What each priority is sent to and received from is its subject. */
export class JetStreamBroker implements Broker {
  readonly name = 'broker';
  readonly isRequired = true;
  readonly peer: MessagingPeer;
  readonly destinationOf = subjectOf;
  readonly deadLetters: JetStreamDeadLetters;
  private readonly link: LinkState;
  private readonly connection: JetStreamConnection;

  constructor(
    private readonly settings: Config['broker'],
    role: string,
    private readonly logger: Logger,
  ) {
    this.peer = peerOf(settings.url);
    this.link = new LinkState(brokerLink(this.peer), logger);
    this.connection = new JetStreamConnection(settings, role, this.link, (jsm) =>
      declareTopology(jsm, settings),
    );
    const publish: Publish = (...args) => this.store(...args);
    this.deadLetters = new JetStreamDeadLetters(this.connection, publish, settings.publishTimeout);
  }

  get state(): LinkStatus {
    return this.link.state;
  }

  connect(): void {
    void this.connection.connect();
  }

  publish(message: Message): Promise<void> {
    return this.store(subjectOf(message.priority), headersOf(message), message.content, onceOf(message));
  }

  /** JetStream has no delay for a new message: it tells the consumer when it is due, who hands it back until then. */
  publishLater(message: Message): Promise<void> {
    const headers = { ...headersOf(message), [NOT_BEFORE]: String(Date.now() + this.settings.retryDelay) };
    return this.store(subjectOf(message.priority), headers, message.content, onceOf(message));
  }

  createServer(maxConcurrent: number): JetStreamServer {
    return new JetStreamServer(new PullQueue(this.connection), maxConcurrent, this.logger);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async store(
    subject: string,
    headers: Headers,
    content: string,
    storeOnceAs: string,
  ): Promise<void> {
    const deadline = Date.now() + this.settings.publishTimeout;
    for (;;) {
      const { js } = await this.connection.until(deadline);
      const timeout = Math.max(1, Math.min(TRY_MILLIS, deadline - Date.now()));
      try {
        await js.publish(subject, content, { msgID: storeOnceAs, headers: toNats(headers), timeout });
        return;
      } catch (error) {
        if (error instanceof JetStreamApiError) {
          throw new NotConfirmed('refused', 'the broker does not take the message', error);
        }
        if (Date.now() + RETRY_MILLIS >= deadline) {
          throw new NotConfirmed('timeout', 'the broker did not confirm in time', error);
        }
        await delay(RETRY_MILLIS);
      }
    }
  }
}

/** A retry, and a dead letter that is sent again, is another message to the server. */
function onceOf({ id, sentAtMillis, attempt }: Message): string {
  return `${id}/${sentAtMillis}/${attempt}`;
}

function toNats(headers: Headers): MsgHdrs {
  const result = newHeaders();
  for (const [name, value] of Object.entries(headers)) result.set(name, value);
  return result;
}
