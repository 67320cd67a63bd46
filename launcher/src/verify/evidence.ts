import type { SpanKind } from '../backends/traces.ts';

/** What the backends hold of one service, as far as the checks look at it. */
export interface Evidence {
  /** Ids of traces with spans of the service, the newest first; at most as many as were asked for. */
  readonly traceIds: readonly string[];
  /** Its spans in those traces. */
  readonly spans: readonly ServiceSpan[];
  /** Attributes of its resource, of the newest span. */
  readonly resource: Readonly<Record<string, string>>;
  readonly logs: LogEvidence;
  /** Names of metrics that it sends itself, by OTLP. */
  readonly metricNames: readonly string[];
  /** Server spans that Tempo's generator has counted. */
  readonly countedCalls: number;
  /** Names of the services that have sent anything. */
  readonly knownServices: readonly string[];
}

export interface ServiceSpan {
  readonly kind: SpanKind;
  /** Its parent is another service's span, or none of the trace has its id. */
  readonly parent: 'none' | 'found' | 'missing';
  /** `http.route`, or `rpc.service`, or a message's destination: what RED metrics and rules group by. */
  readonly hasRoute: boolean;
}

export interface LogEvidence {
  readonly lines: number;
  /** Of these, how many carry a trace id. */
  readonly linesWithTrace: number;
  /** Trace ids of lines, and whether Tempo has the trace. */
  readonly traces: ReadonlyMap<string, boolean>;
}
