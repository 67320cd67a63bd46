import {
  Transport,
  type MicroserviceOptions,
  type NatsOptions,
  type RmqOptions,
} from '@nestjs/microservices';
import type { Config } from '../../config';
import { portOf } from '../broker-url';
import { HEARTBEAT_SECONDS, RECONNECT_SECONDS } from '../rabbitmq/link-options';
import { RabbitMqRequestServer } from './rabbitmq-request-server';

const CONNECT_TIMEOUT_MILLIS = 2000;
/** What is under way when the role is stopped is answered within this. */
const GRACE_MILLIS = 2000;

export interface RequestTransport {
  readonly broker: Pick<Config['broker'], 'url' | 'maxReconnectDelay'>;
  /** NATS: subject and queue group; RabbitMQ: queue. */
  readonly destination: string;
  /** Nobody waits for an answer for longer, so that RabbitMQ need not keep a request for longer. */
  readonly answerTimeoutMillis: number;
}

type ClientOptions =
  (NatsOptions & { transport: Transport.NATS }) | (RmqOptions & { transport: Transport.RMQ });

/**
 * Nest's own transport for the broker that the URL names, for requests that are answered: at most once, and not
 * kept. NATS: core request and reply, by which it is known at once that nobody is there. RabbitMQ: direct reply-to.
 */
export function requestClient(settings: RequestTransport, role: string): ClientOptions {
  return settings.broker.url.protocol === 'nats:'
    ? { transport: Transport.NATS, options: natsOptions(settings, role) }
    : { transport: Transport.RMQ, options: rabbitMqOptions(settings) };
}

/** The other side. It waits for a broker that is away from the beginning, where the client wants to know. */
export function requestServer(settings: RequestTransport, role: string): MicroserviceOptions {
  return settings.broker.url.protocol === 'nats:'
    ? { transport: Transport.NATS, options: { ...natsOptions(settings, role), waitOnFirstConnect: true } }
    : { strategy: new RabbitMqRequestServer(rabbitMqOptions(settings), GRACE_MILLIS) };
}

function natsOptions(
  { broker: { url }, destination }: RequestTransport,
  role: string,
): NonNullable<NatsOptions['options']> {
  return {
    servers: [`${url.hostname}:${portOf(url)}`],
    ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { pass: decodeURIComponent(url.password) }),
    name: role,
    queue: destination,
    timeout: CONNECT_TIMEOUT_MILLIS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 1000 * RECONNECT_SECONDS,
    gracefulShutdown: true,
    gracePeriod: GRACE_MILLIS,
  };
}

function rabbitMqOptions({
  broker: { url },
  destination,
  answerTimeoutMillis,
}: RequestTransport): NonNullable<RmqOptions['options']> {
  return {
    urls: [url.href],
    queue: destination,
    queueOptions: { durable: true, messageTtl: answerTimeoutMillis },
    noAck: true,
    socketOptions: {
      reconnectTimeInSeconds: RECONNECT_SECONDS,
      heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
    },
  };
}
