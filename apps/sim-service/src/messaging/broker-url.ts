import type { MessagingPeer } from '@trace/telemetry';
import { z } from 'zod';

const DEFAULT_PORTS: Record<string, number> = { 'nats:': 4222, 'amqp:': 5672, 'amqps:': 5671 };

/** Which broker, and where: the scheme chooses. */
export function brokerUrl(): z.ZodType<URL, string> {
  return z
    .string()
    .refine(isBrokerUrl, 'a URL nats://host:port or amqp://user:password@host:port (BROKER_URL)')
    .transform((text) => new URL(text));
}

/** NATS, of the road for logs. */
export function natsUrl(): z.ZodType<URL, string> {
  return z
    .string()
    .refine(
      (text) => isBrokerUrl(text) && new URL(text).protocol === 'nats:',
      'a URL nats://host:port (TRACE_LOGS_ROAD_URL)',
    )
    .transform((text) => new URL(text));
}

/** `messaging.system` and where it is. */
export function peerOf(url: URL): MessagingPeer {
  const system = url.protocol === 'nats:' ? 'nats' : 'rabbitmq';
  return { system, address: url.hostname, port: portOf(url) };
}

export function portOf({ protocol, port }: URL): number {
  return port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port);
}

function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol in DEFAULT_PORTS && hostname !== '';
}
