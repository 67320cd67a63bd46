import { z } from 'zod';
import type { Link } from '../../links/link-state';

const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

export function collectorLink({ protocol, hostname, port }: URL): Link {
  return {
    name: 'collector',
    isRequired: true,
    meanwhile: 'the log records stay in the stream',
    peer: {
      system: 'otlp',
      address: hostname,
      port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port),
    },
    attributes: {},
  };
}

/** The base of the Collector's OTLP/HTTP addresses. */
export function collectorUrl(): z.ZodType<URL, string> {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && new URL(text).protocol in DEFAULT_PORTS,
      'a URL http://host:port (OTEL_EXPORTER_OTLP_ENDPOINT)',
    )
    .transform((text) => new URL(text));
}
