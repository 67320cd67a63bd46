import type { ConfirmChannel } from 'amqplib';
import type { Config } from '../../config';
import { PRIORITIES, type Priority } from '../message';

/** Exchange and queue of what is to be processed; the routing key is the priority. */
export const MESSAGES_EXCHANGE = 'messages';
export const MESSAGES_QUEUE = 'messages';
/** Exchange and queue of what waits for its second attempt. */
export const RETRIES = 'messages.retry';
/** Exchange and queue of what was put aside. */
export const DEAD_LETTERS = 'dead-letters';

/** `x-max-priority` queues serve the highest number first. */
export const RANKS: Readonly<Record<Priority, number>> = { high: 3, normal: 2, low: 1 };

/** The convention's `exchange:routing key`. */
export function sentTo(priority: Priority): string {
  return `${MESSAGES_EXCHANGE}:${priority}`;
}

/** And `:queue` where it is received. */
export function receivedFrom(priority: Priority): string {
  return `${sentTo(priority)}:${MESSAGES_QUEUE}`;
}

/**
 * One queue that is served by priority, one where failed messages wait until the broker moves them
 * back by itself, and one for dead letters. All of it on disk. Repeating it changes nothing; other
 * settings than those of a queue that is there are refused by the broker (PRECONDITION_FAILED).
 */
export async function declareTopology(channel: ConfirmChannel, settings: Config['broker']): Promise<void> {
  await channel.assertExchange(DEAD_LETTERS, 'fanout', { durable: true });
  await channel.assertQueue(DEAD_LETTERS, {
    durable: true,
    messageTtl: settings.deadLetterTtl,
    maxLength: settings.maxDeadLetters,
    arguments: { 'x-overflow': 'drop-head' },
  });
  await channel.bindQueue(DEAD_LETTERS, DEAD_LETTERS, '');

  await channel.assertExchange(MESSAGES_EXCHANGE, 'direct', { durable: true });
  await channel.assertQueue(MESSAGES_QUEUE, {
    durable: true,
    maxPriority: RANKS.high,
    // The consumer puts aside what is older than messageTtl; this is for when no consumer comes.
    messageTtl: 2 * settings.messageTtl,
    deadLetterExchange: DEAD_LETTERS,
    maxLength: settings.maxMessages,
    // What is full refuses: to drop the oldest would lose what was confirmed.
    arguments: { 'x-overflow': 'reject-publish' },
  });
  for (const priority of PRIORITIES) await channel.bindQueue(MESSAGES_QUEUE, MESSAGES_EXCHANGE, priority);

  await channel.assertExchange(RETRIES, 'fanout', { durable: true });
  await channel.assertQueue(RETRIES, {
    durable: true,
    messageTtl: settings.retryDelay,
    deadLetterExchange: MESSAGES_EXCHANGE,
    arguments: {
      // Only this kind hands on with confirms: a classic queue forgets a message before the other queue has it.
      'x-queue-type': 'quorum',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
  });
  await channel.bindQueue(RETRIES, RETRIES, '');
}
