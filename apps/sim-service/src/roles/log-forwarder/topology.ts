import {
  AckPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { LOGS_STREAM } from '@trace/telemetry';
import type { Config } from '../../config';
import { declareStream, DUPLICATE_WINDOW_MILLIS } from '../../messaging/jetstream/declare-stream';

/** A message that is not acknowledged, nor said to be worked on, in this time is delivered again. */
export const ACK_WAIT_MILLIS = 30_000;
export const CONSUMER = 'log-forwarder';

/**
 * The stream that services publish their log records to, and the durable consumer that remembers what is forwarded.
 * What is forwarded stays until it is too old, so that it can be replayed. Repeating it changes nothing.
 */
export async function declareLogsRoad(
  jsm: JetStreamManager,
  { stream, maxAckPending }: Config['logForwarder'],
): Promise<void> {
  await declareStream(jsm, LOGS_STREAM, {
    subjects: [`${LOGS_STREAM}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_age: nanos(stream.maxAge),
    max_bytes: stream.maxBytes,
    discard: DiscardPolicy.Old,
    duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MILLIS, stream.maxAge)),
  });
  await jsm.consumers.add(LOGS_STREAM, {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MILLIS),
    max_ack_pending: maxAckPending,
  });
}
