import type { SentSpan } from './otlp-sink';

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['', ' OK', ' ERROR'];

/** One line a span, children indented below their parent in the order they started. */
export function spanTree(spans: readonly SentSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent: string | undefined, indent: string): string[] =>
    spans
      .filter((span) =>
        parent === undefined ? !ids.has(span.parentSpanId ?? '') : span.parentSpanId === parent,
      )
      .sort((a, b) => Number(a.startNanos - b.startNanos))
      .flatMap((span) => [
        `${indent}${span.service} ${KINDS[span.kind] ?? '?'} ${span.name}${STATUSES[span.status] ?? '?'}`,
        ...below(span.spanId, `${indent}  `),
      ]);
  return below(undefined, '');
}
