import { tempo } from '../programs/outside.ts';
import { ask } from './ask.ts';

export type Attributes = Readonly<Record<string, string>>;

/** A span as Tempo has it. */
export interface StoredSpan {
  /** Lower-case hex, as are the others. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for one without. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly durationMillis: number;
  readonly isError: boolean;
  readonly resource: Attributes;
  readonly attributes: Attributes;
}

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface TempoSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: string;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: string };
}

interface TempoTrace {
  readonly batches?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly TempoSpan[] }[];
  }[];
}

const nanosPerMilli = 1e6;

/** All spans that Tempo has of a trace; none if it does not know it (yet). Throws a LauncherError. */
export async function spansOfTrace(traceId: string): Promise<StoredSpan[]> {
  const trace = await ask<TempoTrace>(tempo, `/api/traces/${traceId}`, {}, { whenNotFound: {} });
  return (trace.batches ?? []).flatMap(({ resource, scopeSpans = [] }) => {
    const ofResource = attributesOf(resource?.attributes);
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => storedSpan(span, ofResource)));
  });
}

/** Where a person sees the trace. */
export const traceUrl = (traceId: string): string => `${tempo.address ?? ''}/api/traces/${traceId}`;

function storedSpan(span: TempoSpan, resource: Attributes): StoredSpan {
  const { startTimeUnixNano = '0', endTimeUnixNano = '0' } = span;
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId ?? ''),
    name: span.name,
    kind: kindOf(span.kind),
    durationMillis: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / nanosPerMilli,
    isError: span.status?.code === 'STATUS_CODE_ERROR',
    resource,
    attributes: attributesOf(span.attributes),
  };
}

function kindOf(kind = ''): SpanKind {
  const name = kind.replace('SPAN_KIND_', '').toLowerCase();
  return name === 'server' || name === 'client' || name === 'producer' || name === 'consumer'
    ? name
    : 'internal';
}

/** Tempo writes ids in base64. */
function hex(id: string): string {
  return Buffer.from(id, 'base64').toString('hex');
}

function attributesOf(list: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}
