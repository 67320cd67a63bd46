/** Compiles our packages, and so moves what the others load from; it goes before them. */
const FIRST = '00-npm-start';

/**
 * In the foreground, on the machine's own network: they judge how long something takes, or fetch the clients and
 * packages that a user would.
 */
const FOREGROUND = [
  '02-alert-clocks',
  '04-stall-stays-local',
  '05-hostile-clients/hostile-clients',
  '08-real-clients/real-clients',
  '12-add-a-service',
] as const;

/** The longest, which would be waited for alone if they began late. */
const LONG = [
  '03-kill-nothing-lost/kill-nothing-lost',
  '11-messaging',
  '24-smoke-test',
  '17-drills',
  '22-kafka',
] as const;

/** When all others have ended: they make as much as the machine can, or measure memory and latency to a few milliseconds. */
const LAST = [
  '07-kubernetes/large-cluster',
  '10-chaos-downstream',
  '13-log-simulator/log-simulator',
] as const;

export interface CaseOrder {
  readonly first: readonly string[];
  readonly foreground: readonly string[];
  /** For whoever has nothing to do. */
  readonly shared: readonly string[];
  readonly last: readonly string[];
}

/**
 * Sorts the e2e's spec files (`cases/01-one-request/one-request.spec.ts`) into the order in which they run.
 * Throws if a name above has no file: it would run as one of the others, and nobody would notice.
 */
export function orderCases(files: readonly string[]): CaseOrder {
  const of = (name: string): string[] => {
    const found = files.filter(
      (file) => file.startsWith(`cases/${name}/`) || file === `cases/${name}.spec.ts`,
    );
    if (found.length === 0) throw new Error(`there is no e2e case ${name}`);
    return found;
  };
  const [first, foreground, long, last] = [[FIRST], FOREGROUND, LONG, LAST].map((names) => names.flatMap(of));
  const named = new Set([first, foreground, long, last].flat());
  return {
    first: first ?? [],
    foreground: foreground ?? [],
    shared: [...(long ?? []), ...files.filter((file) => !named.has(file)).sort()],
    last: last ?? [],
  };
}
