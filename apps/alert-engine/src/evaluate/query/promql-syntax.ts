import { parser } from '@prometheus-io/lezer-promql';

/** Where Prometheus's own grammar first cannot go on, counted in characters; undefined for a legal expression. */
export function syntaxErrorAt(expr: string): number | undefined {
  let at: number | undefined;
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) at ??= from;
    },
  });
  return at;
}
