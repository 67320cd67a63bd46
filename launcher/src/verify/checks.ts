import { closest, distance } from 'fastest-levenshtein';

import type { Evidence } from './evidence.ts';

export type CheckState = 'ok' | 'incomplete' | 'missing';

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly detail: string;
  /** What to do; absent when it is ok. */
  readonly remedy?: string;
}

const collectorCheck =
  'curl -s http://127.0.0.1:8888/metrics | grep otelcol_receiver_accepted, while it is at work';

/** What a service that is to be looked after should have, one check a kind; `evidence` is the backends' answer. */
export function checksOf(service: string, evidence: Evidence): Check[] {
  return [
    traces(service, evidence),
    serverSpans(evidence),
    parents(evidence),
    resource(service, evidence),
    owner(service, evidence),
    logs(service, evidence),
    logTraces(evidence),
    metrics(evidence),
    redMetrics(evidence),
  ];
}

/** Whether the checks pass as a whole: what is incomplete is told, and no failure. */
export const isWell = (checks: readonly Check[]): boolean => checks.every(({ state }) => state !== 'missing');

function traces(service: string, { traceIds, spans, knownServices }: Evidence): Check {
  if (traceIds.length > 0) {
    return ok('traces', `${spans.length} spans of it in ${traceIds.length} traces`);
  }
  const near = knownServices.length > 0 ? closest(service, [...knownServices]) : service;
  const isNear = near !== service && distance(service, near) <= service.length / 2;
  const hint = isNear ? ` Did you mean ${near}?` : '';
  return missing(
    'traces',
    'none',
    `Set OTEL_SERVICE_NAME=${service} and OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318, and make a request.${hint} Does anything arrive? ${collectorCheck}`,
  );
}

function serverSpans({ spans }: Evidence): Check {
  const served = spans.filter(({ kind }) => kind === 'server' || kind === 'consumer');
  if (served.length === 0) {
    return missing(
      'entry spans',
      'no span of kind SERVER or CONSUMER',
      'Instrument what takes its requests (HTTP server, gRPC server, message consumer): alerts and RED metrics are made of these spans.',
    );
  }
  const routed = served.filter(({ hasRoute }) => hasRoute).length;
  const detail = `${served.length} of kind SERVER or CONSUMER, ${routed} with a route`;
  return routed === served.length
    ? ok('entry spans', detail)
    : incomplete(
        'entry spans',
        detail,
        'Set http.route, rpc.service or messaging.destination.name on each: without it a slow route hides behind the others.',
      );
}

function parents({ spans }: Evidence): Check {
  const missingParents = spans.filter(({ parent }) => parent === 'missing').length;
  const detail = `${missingParents} of ${spans.length} spans name a parent that is not there`;
  if (spans.length === 0) return missing('parent links', 'no spans', 'See traces.');
  if (missingParents === 0) return ok('parent links', detail);
  return incomplete(
    'parent links',
    detail,
    'Flush spans when the service ends (SIGTERM), let the sampler follow the parent (parentbased_always_on), and see that who calls it sends its own spans here.',
  );
}

const WANTED_RESOURCE = ['service.version', 'service.instance.id', 'deployment.environment.name'] as const;

function resource(service: string, { resource: attributes, spans }: Evidence): Check {
  if (spans.length === 0) return missing('resource', 'no spans', 'See traces.');
  const absent = WANTED_RESOURCE.filter((name) => attributes[name] === undefined);
  if (absent.length === 0) return ok('resource', WANTED_RESOURCE.join(', '));
  return incomplete(
    'resource',
    `without ${absent.join(', ')}`,
    `OTEL_RESOURCE_ATTRIBUTES=${absent.map((name) => `${name}=…`).join(',')} in the environment of ${service}.`,
  );
}

function owner(service: string, { resource: attributes, spans }: Evidence): Check {
  if (spans.length === 0) return missing('owner', 'no spans', 'See traces.');
  const found = attributes['service.owner'];
  return found === undefined
    ? incomplete(
        'owner',
        'nobody',
        `An entry for ${service} in apps/enrichment-processor/config/catalogue.yaml (owner, criticality, runbook, dashboard); an alert then says whom to call.`,
      )
    : ok('owner', found);
}

function logs(service: string, { logs: { lines, linesWithTrace } }: Evidence): Check {
  if (lines === 0) {
    return missing(
      'logs',
      'none',
      `Send log records by OTLP with service.name=${service}: by the SDK's log exporter, or from a file by the Collector's file_log.`,
    );
  }
  const detail = `${lines} lines, ${linesWithTrace} with a trace id`;
  return linesWithTrace > 0
    ? ok('logs', detail)
    : incomplete(
        'logs',
        detail,
        'Log through the SDK’s bridge (pino, Python’s logging, Logback, …) inside of a span; then each line carries trace_id and span_id.',
      );
}

function logTraces({ logs: { traces: found } }: Evidence): Check {
  if (found.size === 0) return missing('logs → traces', 'no line has a trace id', 'See logs.');
  const lost = [...found].filter(([, isThere]) => !isThere).length;
  const detail = `${found.size - lost} of ${found.size} traces of its lines are there`;
  return lost === 0
    ? ok('logs → traces', detail)
    : incomplete(
        'logs → traces',
        detail,
        'Sample logs and traces alike, and export both to the same Collector.',
      );
}

function metrics({ metricNames }: Evidence): Check {
  if (metricNames.length > 0) {
    return ok('metrics', `${metricNames.length} names, e.g. ${metricNames.slice(0, 3).join(', ')}`);
  }
  return missing(
    'metrics',
    'none of its own',
    'Let the SDK export metrics by OTLP (OTEL_METRICS_EXPORTER=otlp), cumulative (OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative): Prometheus refuses deltas.',
  );
}

function redMetrics({ countedCalls }: Evidence): Check {
  return countedCalls > 0
    ? ok('RED metrics', `${countedCalls} calls counted from its spans`)
    : missing(
        'RED metrics',
        'none',
        'They are made of its spans about 15 s after these arrive; spans that arrive more than 30 s late are left out. Are the clocks right?',
      );
}

const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail });
const incomplete = (name: string, detail: string, remedy: string): Check => ({
  name,
  state: 'incomplete',
  detail,
  remedy,
});
const missing = (name: string, detail: string, remedy: string): Check => ({
  name,
  state: 'missing',
  detail,
  remedy,
});
