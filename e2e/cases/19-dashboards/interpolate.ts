export type Values = Readonly<Record<string, string>>;

/** What Grafana puts in by itself, for a scrape interval of 15 s and the time since the platform was started. */
export const WINDOW_SECONDS = 300;
const builtIn: Values = {
  __rate_interval: '1m',
  __interval: '15s',
  __auto: '1m',
  __range: `${WINDOW_SECONDS}s`,
};

/** Replaces `$name`, `${name}` and `${name:format}` by values; throws for a name that there is not. `$1` is of a regular expression. */
export function interpolate(text: string, values: Values): string {
  return text.replaceAll(/\$(?:\{([^}]+)\}|([A-Za-z_]\w*))/g, (all, braced?: string, bare?: string) => {
    const name = (braced ?? bare ?? '').replace(/:\w+$/, '');
    const value = values[name] ?? builtIn[name];
    if (value === undefined) throw new Error(`nobody says what ${all} is`);
    return value;
  });
}

/** The labels that a legend (`{{label}}`) wants. */
export const labelsOfLegend = (legend: string): string[] =>
  [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => label ?? '');
