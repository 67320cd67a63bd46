import {
  AckPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Config } from '../../config';
import { PRIORITIES, type Priority } from '../message';
import { declareStream, DUPLICATE_WINDOW_MILLIS } from './declare-stream';

export const STREAM = 'messages';
export const DEAD_LETTERS = 'dead-letters';
/** A message that is not acknowledged, nor said to be worked on, in this time is delivered again. */
export const ACK_WAIT_MILLIS = 5000;

export function subjectOf(priority: Priority): string {
  return `${STREAM}.${priority}`;
}

/** The durable consumer of a priority has the priority's name. */
export function pullSubjectOf(priority: Priority): string {
  return `$JS.API.CONSUMER.MSG.NEXT.${STREAM}.${priority}`;
}

export function deadLetterSubjectOf(messageId: string): string {
  return `${DEAD_LETTERS}.${messageId}`;
}

/**
 * A work queue of three subjects, each with a durable consumer, and a stream of dead letters that
 * keeps the last letter of each message. All of it on disk. Repeating it changes nothing.
 */
export async function declareTopology(jsm: JetStreamManager, settings: Config['broker']): Promise<void> {
  await declareStream(jsm, STREAM, {
    subjects: PRIORITIES.map(subjectOf),
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_msgs: settings.maxMessages,
    // What is full refuses: to drop the oldest would lose what was confirmed.
    discard: DiscardPolicy.New,
    // The consumer puts aside what is older than messageTtl; this is for when no consumer comes.
    max_age: nanos(2 * settings.messageTtl),
    duplicate_window: nanos(DUPLICATE_WINDOW_MILLIS),
  });
  await declareStream(jsm, DEAD_LETTERS, {
    subjects: [deadLetterSubjectOf('*')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs: settings.maxDeadLetters,
    max_msgs_per_subject: 1,
    allow_direct: true,
    discard: DiscardPolicy.Old,
    max_age: nanos(settings.deadLetterTtl),
    duplicate_window: nanos(DUPLICATE_WINDOW_MILLIS),
  });
  for (const priority of PRIORITIES) {
    await jsm.consumers.add(STREAM, {
      durable_name: priority,
      filter_subject: subjectOf(priority),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MILLIS),
    });
  }
}
