import { ServerResponse } from 'node:http';
import { context } from '@opentelemetry/api';
import {
  getNodeAutoInstrumentations,
  type InstrumentationConfigMap,
} from '@opentelemetry/auto-instrumentations-node';
import { isTracingSuppressed } from '@opentelemetry/core';
import { addServerTiming } from './server-timing';

type Instrumentations = ReturnType<typeof getNodeAutoInstrumentations>;

/** Their spans only repeat what the server and client spans around them already say. */
const NOISE = [
  'connect',
  'dns',
  'fs',
  'generic-pool',
  'lru-memoizer',
  'nestjs-core',
  'net',
  'router',
] as const;

/**
 * The auto-instrumentations, so set that a request makes one server span and a span for each call
 * to another system. OTEL_NODE_ENABLED_INSTRUMENTATIONS and OTEL_NODE_DISABLED_INSTRUMENTATIONS
 * choose among the others.
 */
export function createInstrumentations(
  untracedPaths: readonly string[],
  tracedByHand: readonly string[],
): Instrumentations {
  const untraced = new Set(untracedPaths);
  const config: Record<string, object> & InstrumentationConfigMap = {
    '@opentelemetry/instrumentation-http': {
      ignoreIncomingRequestHook: (request) => untraced.has(pathOf(request.url ?? '')),
      // The exporter suppresses its spans by itself, but not the metric of its requests.
      ignoreOutgoingRequestHook: () => isTracingSuppressed(context.active()),
      // Called when the request arrives, so before any header is written.
      responseHook: (span, response) => {
        if (response instanceof ServerResponse) addServerTiming(span, response);
      },
    },
    // Kept for `http.route` on the server span; all of its own spans are left out.
    '@opentelemetry/instrumentation-express': {
      ignoreLayersType: ['middleware', 'router', 'request_handler'] as never,
    },
    // Queries of requests; neither the pool's connections, nor what a service asks without being asked, as ioredis.
    '@opentelemetry/instrumentation-pg': { ignoreConnectSpans: true, requireParentSpan: true },
  };
  for (const name of [...NOISE, ...tracedByHand]) {
    config[`@opentelemetry/instrumentation-${name}`] = { enabled: false };
  }
  return getNodeAutoInstrumentations(config);
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
