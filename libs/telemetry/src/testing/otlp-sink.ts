import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The part of OTLP/JSON that tests look at. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface SentSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 2 is SERVER, 3 is CLIENT, 4 is PRODUCER, 5 is CONSUMER. */
  readonly kind: number;
  /** 0 is UNSET, 1 OK, 2 ERROR. */
  readonly status: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface SentLog {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly severity: string;
  readonly body: unknown;
  readonly attributes: Attributes;
}

export type Attributes = Readonly<Record<string, unknown>>;

/**
 * An OTLP/HTTP server for tests of what a service sends: set OTEL_EXPORTER_OTLP_ENDPOINT to `url`
 * and OTEL_EXPORTER_OTLP_PROTOCOL to `http/json`. It says nothing of how a Collector behaves.
 */
export class OtlpSink {
  readonly spans: SentSpan[] = [];
  readonly logs: SentLog[] = [];
  /** Metric names, each with the aggregation temporality of its sums (2 is cumulative). */
  readonly metrics = new Map<string, number | undefined>();
  /** The attributes of each service's resource. */
  readonly resources = new Map<string, Attributes>();

  private constructor(private readonly server: Server) {}

  static async listen(): Promise<OtlpSink> {
    const server = createServer();
    const sink = new OtlpSink(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        sink.take(JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest);
        response.setHeader('Content-Type', 'application/json').end('{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Variables that make a child process send here, quickly. */
  get env(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private take(request: OtlpRequest): void {
    for (const { resource, scopeSpans } of request.resourceSpans ?? []) {
      const service = this.remember(resource);
      for (const span of scopeSpans.flatMap(({ spans }) => spans ?? [])) {
        this.spans.push({
          service,
          traceId: span.traceId,
          spanId: span.spanId,
          ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
          name: span.name,
          kind: span.kind,
          status: span.status?.code ?? 0,
          startNanos: BigInt(span.startTimeUnixNano),
          endNanos: BigInt(span.endTimeUnixNano),
          attributes: plain(span.attributes),
          events: (span.events ?? []).map((event) => ({
            name: event.name,
            attributes: plain(event.attributes),
          })),
          links: span.links ?? [],
        });
      }
    }
    for (const { resource, scopeLogs } of request.resourceLogs ?? []) {
      const service = this.remember(resource);
      for (const log of scopeLogs.flatMap(({ logRecords }) => logRecords ?? [])) {
        this.logs.push({
          service,
          traceId: log.traceId ?? '',
          spanId: log.spanId ?? '',
          severity: log.severityText ?? '',
          body: log.body === undefined ? undefined : unwrap(log.body),
          attributes: plain(log.attributes),
        });
      }
    }
    for (const { scopeMetrics } of request.resourceMetrics ?? []) {
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics ?? [])) {
        this.metrics.set(metric.name, (metric.sum ?? metric.histogram)?.aggregationTemporality);
      }
    }
  }

  private remember(resource: { attributes?: KeyValue[] }): string {
    const attributes = plain(resource.attributes);
    const service = String(attributes['service.name']);
    this.resources.set(service, attributes);
    return service;
  }
}

type AnyValue = Record<string, unknown>;
interface KeyValue {
  key: string;
  value: AnyValue;
}
interface Resource {
  resource: { attributes?: KeyValue[] };
}
interface OtlpRequest {
  resourceSpans?: (Resource & { scopeSpans: { spans?: OtlpSpan[] }[] })[];
  resourceLogs?: (Resource & { scopeLogs: { logRecords?: OtlpLog[] }[] })[];
  resourceMetrics?: (Resource & { scopeMetrics: { metrics?: OtlpMetric[] }[] })[];
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code?: number };
  attributes?: KeyValue[];
  events?: { name: string; attributes?: KeyValue[] }[];
  links?: { traceId: string; spanId: string }[];
}
interface OtlpLog {
  traceId?: string;
  spanId?: string;
  severityText?: string;
  body?: AnyValue;
  attributes?: KeyValue[];
}
interface OtlpMetric {
  name: string;
  sum?: { aggregationTemporality: number };
  histogram?: { aggregationTemporality: number };
}

function plain(attributes: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, unwrap(value)]));
}

/** A scalar AnyValue as its value; an array or map as it came. */
function unwrap(value: AnyValue): unknown {
  return Object.values(value)[0];
}
