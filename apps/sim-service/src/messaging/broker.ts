import { ServiceUnavailableException } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { MessagingPeer } from '@trace/telemetry';
import type { Dependency } from '../health/dependency';
import type { LinkStatus } from '../links/link-state';
import type { DeadLetter, Message, Priority } from './message';

/** Injection token of the role's broker. */
export const BROKER = Symbol('Broker');

/**
 * What the roles ask of a message broker. Every promise has a deadline (`broker.publishTimeout`),
 * and a message that was confirmed is never lost: it is processed, or it is among the dead letters.
 */
export interface Broker extends Dependency {
  readonly peer: MessagingPeer;
  readonly state: LinkStatus;
  /** `messaging.destination.name` of what is sent with this priority. */
  readonly destinationOf: (priority: Priority) => string;
  readonly deadLetters: DeadLetters;

  /** Connects in the background, again and again; a broker that is away is waited for. */
  connect(): void;
  /** Resolves when the broker has the message on disk. @throws NotConfirmed */
  publish(message: Message): Promise<void>;
  /** As publish, but the message is not delivered before `broker.retryDelay` is over. @throws NotConfirmed */
  publishLater(message: Message): Promise<void>;
  /** The transport strategy that hands messages to the `@EventPattern(MESSAGES)`, by priority. */
  createServer(maxConcurrent: number): CustomTransportStrategy;
  close(): Promise<void>;
}

/** Messages that were put aside, the oldest first. */
export interface DeadLetters {
  /** `messaging.destination.name`. */
  readonly destination: string;
  /** @throws NotConfirmed */
  add(letter: DeadLetter): Promise<void>;
  list(limit: number): Promise<DeadLetter[]>;
  /** Removes a letter once `use` has resolved; false when there is none with this message id. */
  take(messageId: string, use: (letter: DeadLetter) => Promise<void>): Promise<boolean>;
}

/** One message in the consumer's hands: one of the two has to be called. */
export interface Delivery {
  readonly message: Message;
  /** `messaging.destination.name`, where it was received from. */
  readonly destination: string;
  /** It is done with, for good. */
  ack(): Promise<void>;
  /** The broker shall deliver it again, a little later. */
  release(): Promise<void>;
}

/**
 * The broker did not say in time that it has a message (it may have it all the same), or said that
 * it takes none. HTTP 503.
 */
export class NotConfirmed extends ServiceUnavailableException {
  constructor(
    readonly code: 'timeout' | 'refused',
    detail: string,
    cause?: unknown,
  ) {
    super(detail, { cause });
  }
}
