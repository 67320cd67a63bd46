import { parseArgs } from 'node:util';

/** What `npm run logs:replay` was asked for; the times in RFC 3339. */
export interface ReplayRequest {
  readonly since: string;
  readonly until?: string;
  readonly service?: string;
  readonly dry_run: boolean;
}

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const FLAGS = ['since', 'until', 'service', 'dry-run'] as const;
const EXAMPLE = 'npm run logs:replay -- --since 1h';
const TIME = 'a duration such as 1h, or a time such as 2026-01-31T12:00:00Z';

/** One line that names the flag, what was expected, and an example. */
export class ReplayArgumentError extends Error {
  override name = 'ReplayArgumentError';
}

/** @throws ReplayArgumentError */
export function parseReplay(args: readonly string[], nowEpochMillis: number): ReplayRequest {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: {
      since: { type: 'string' },
      until: { type: 'string' },
      service: { type: 'string' },
      'dry-run': { type: 'boolean' },
    },
  });
  const unknown = Object.keys(values).find((name) => !FLAGS.some((flag) => flag === name));
  if (unknown !== undefined) {
    throw new ReplayArgumentError(
      `--${unknown}: there is no such flag; there are ${FLAGS.map((flag) => `--${flag}`).join(', ')}, e.g. ${EXAMPLE}`,
    );
  }
  const [stray] = positionals;
  if (stray !== undefined) throw new ReplayArgumentError(`"${stray}": expected flags only, e.g. ${EXAMPLE}`);
  const dryRun = values['dry-run'] ?? false;
  if (typeof dryRun !== 'boolean')
    throw new ReplayArgumentError(`--dry-run: expected no value, e.g. ${EXAMPLE} --dry-run`);
  if (values.since === undefined)
    throw new ReplayArgumentError(`--since is missing: expected ${TIME}, e.g. ${EXAMPLE}`);
  const since = timeOf('since', values.since, nowEpochMillis);
  const until = values.until === undefined ? undefined : timeOf('until', values.until, nowEpochMillis);
  if (since >= nowEpochMillis)
    throw new ReplayArgumentError(`--since: expected a time in the past, e.g. ${EXAMPLE}`);
  if (until !== undefined && until <= since)
    throw new ReplayArgumentError(`--until: expected a time after --since, e.g. ${EXAMPLE} --until 30m`);
  const { service } = values;
  if (service !== undefined && (typeof service !== 'string' || service === ''))
    throw new ReplayArgumentError(`--service: expected a service.name, e.g. ${EXAMPLE} --service users`);
  return {
    since: new Date(since).toISOString(),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    ...(service === undefined ? {} : { service }),
    dry_run: dryRun,
  };
}

/** Milliseconds since 1970; a duration is that long ago. */
function timeOf(flag: 'since' | 'until', value: string | boolean, nowEpochMillis: number): number {
  const text = String(value);
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const time =
    amount === undefined
      ? RFC_3339.test(text)
        ? Date.parse(text)
        : NaN
      : nowEpochMillis - Number(amount) * (UNIT_MILLIS[unit] ?? NaN);
  // What no Date can hold is none either.
  if (Number.isNaN(new Date(time).getTime())) {
    const got = value === true ? 'got no value' : `got "${text}"`;
    throw new ReplayArgumentError(`--${flag}: ${got}, expected ${TIME}, e.g. ${EXAMPLE}`);
  }
  return time;
}
