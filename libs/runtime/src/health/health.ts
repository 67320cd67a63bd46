import type { Registry } from 'prom-client';
import { send, sendJson, type Pages } from '../http/http-pages';

/** Whether the program can do its work now, and of which part that is said. */
export interface Readiness {
  readonly ready: boolean;
  /** Part → one word or short line, e.g. `{"otlp": "listening"}`. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface HealthOptions {
  readonly registry: Pick<Registry, 'contentType' | 'metrics'>;
  readonly readiness: () => Readiness;
}

/** `GET /healthz`, `/readyz` and `/metrics`, the same on every program. */
export function healthPages({ registry, readiness }: HealthOptions): Pages {
  return {
    /** The process answers: nothing else is claimed. */
    '/healthz': (_request, response) => {
      sendJson(response, 200, { status: 'ok' });
    },
    '/readyz': (_request, response) => {
      const now = readiness();
      sendJson(response, now.ready ? 200 : 503, now);
    },
    /** Prometheus text format. */
    '/metrics': async (_request, response) => {
      send(response, 200, registry.contentType, await registry.metrics());
    },
  };
}
