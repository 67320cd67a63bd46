import type { LogLine, Severity } from '../ingest/log-line';
import type { Span, SpanKind } from '../ingest/span';

/** The name in `match` and `by` for `http.route`, else `rpc.service/rpc.method`. */
export const ROUTE = 'route';

/** Which spans or log lines a rule looks at; every part that is given must hold. */
export interface Match {
  readonly kinds?: readonly SpanKind[];
  readonly routes?: readonly string[];
  readonly status?: 'error';
  /** Spans that nobody called, as far as they know. */
  readonly parent?: 'none';
  readonly severities?: readonly Severity[];
  /** In lower case: a log line's text has to contain one of them, in whatever case. */
  readonly bodyTexts?: readonly string[];
  /** Resource attribute → the values it may have. */
  readonly resource: readonly (readonly [key: string, values: readonly string[]])[];
}

export function matchesResource({ resource }: Match, attributes: ReadonlyMap<string, string>): boolean {
  return resource.every(([key, values]) => values.includes(attributes.get(key) ?? ''));
}

export function matchesSpan({ kinds, routes, status, parent }: Match, span: Span): boolean {
  return (
    (kinds === undefined || kinds.includes(span.kind)) &&
    (routes === undefined || routes.includes(span.route ?? '')) &&
    (status === undefined || span.error) &&
    (parent === undefined || !span.hasParent)
  );
}

export function matchesLine({ severities, bodyTexts }: Match, line: LogLine): boolean {
  if (severities !== undefined && (line.severity === undefined || !severities.includes(line.severity))) {
    return false;
  }
  if (bodyTexts === undefined) return true;
  const body = line.body.toLowerCase();
  return bodyTexts.some((text) => body.includes(text));
}
