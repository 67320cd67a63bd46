import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type CapturedLog, logsIn } from '../../support/otlp-capture.ts';

const STREAM = 'logs';

/** Every log record of these services that the stream holds: those whose publish was confirmed. */
export function storedLogs(port: number, services: readonly string[]): Promise<CapturedLog[]> {
  return within(port, async (nc) => {
    const consumer = await jetstream(nc).consumers.get(STREAM, {
      deliver_policy: DeliverPolicy.All,
      filter_subjects: services.map((service) => `${STREAM}.${service}`),
    });
    const { num_pending: count } = await consumer.info();
    const logs: CapturedLog[] = [];
    if (count === 0) return logs;
    const messages = await consumer.consume();
    for await (const { data, info } of messages) {
      logs.push(...logsIn(Buffer.from(data)));
      if (info.pending === 0) break;
    }
    return logs;
  });
}

/** Messages by subject. */
export function storedSubjects(port: number): Promise<Readonly<Record<string, number>>> {
  return within(port, async (nc) => {
    const jsm = await jetstreamManager(nc);
    const { state } = await jsm.streams.info(STREAM, { subjects_filter: '>' });
    return state.subjects ?? {};
  });
}

export function publish(port: number, subject: string, data: Uint8Array | string): Promise<void> {
  return within(port, async (nc) => {
    await jetstream(nc).publish(subject, data);
  });
}

async function within<T>(port: number, use: (nc: NatsConnection) => Promise<T>): Promise<T> {
  const nc = await connect({ servers: `127.0.0.1:${port}` });
  try {
    return await use(nc);
  } finally {
    await nc.close();
  }
}
