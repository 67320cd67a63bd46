import type { ConsumeMessage, GetMessage, Options } from 'amqplib';
import {
  deadLetterOf,
  messageOf,
  PRIORITIES,
  type DeadLetter,
  type Headers,
  type Message,
  type Priority,
} from '../message';
import { RANKS } from './topology';

type Received = ConsumeMessage | GetMessage;

/** What every message is published with; the properties repeat the headers for other people's tools. */
export function publishOptions({ id, priority, sentAtMillis }: Message, headers: Headers): Options.Publish {
  return {
    persistent: true,
    priority: RANKS[priority],
    messageId: id,
    timestamp: Math.floor(sentAtMillis / 1000),
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    headers,
  };
}

export function receivedMessage(received: Received): Message {
  return messageOf(fromRabbitMq(received), received.content.toString(), defaultsOf(received));
}

export function receivedLetter(received: Received): DeadLetter {
  // What the broker put aside by itself has its own word for why, e.g. `expired`.
  const reason = received.properties.headers?.['x-death']?.[0]?.reason ?? 'unknown';
  const defaults = { ...defaultsOf(received), reason };
  return deadLetterOf(fromRabbitMq(received), received.content.toString(), defaults);
}

function defaultsOf({ properties, fields }: Received): { priority: Priority; sentAtMillis: number } {
  const seconds: unknown = properties.timestamp;
  return {
    priority: PRIORITIES.find((known) => known === fields.routingKey) ?? 'normal',
    sentAtMillis: typeof seconds === 'number' ? seconds * 1000 : Date.now(),
  };
}

/** Those that are text. */
export function fromRabbitMq({ properties }: Pick<Received, 'properties'>): Headers {
  const entries: [string, unknown][] = Object.entries(properties.headers ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
