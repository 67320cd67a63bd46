import type { Signal } from '@trace/otlp';

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly signal: Signal;
  readonly resources: number;
  readonly recordsPerResource: number;
  /** As the sender compresses; what goes out is never compressed, in either. */
  readonly compression: 'none' | 'gzip';
  readonly privacy: boolean;
  /** Chosen so that a round takes the Collector about a second of CPU time. */
  readonly requestsARound: number;
}

const SIZES = [
  { records: 8, resources: 1, requestsARound: { none: 6000, gzip: 4000 } },
  { records: 512, resources: 4, requestsARound: { none: 500, gzip: 250 } },
  // 3.5 to 4 MB, just under what the Collector's exporters send at most.
  { records: 7680, resources: 60, requestsARound: { none: 32, gzip: 16 } },
] as const;
const SIGNALS = ['traces', 'logs', 'metrics'] as const;
const COMPRESSIONS = ['none', 'gzip'] as const;
const RECORD_NAMES = { traces: 'spans', logs: 'records', metrics: 'data points' } as const;

const row = (
  signal: Signal,
  { records, resources }: { readonly records: number; readonly resources: number },
  requestsARound: number,
  { compression = 'none', privacy = false }: Partial<Pick<Row, 'compression' | 'privacy'>> = {},
): Row => {
  const notes = [compression === 'gzip' ? 'gzip in' : [], privacy ? 'privacy rules' : []].flat();
  const size = `${records.toLocaleString('en-US')} ${RECORD_NAMES[signal]}`;
  return {
    name: [signal, size, ...notes].join(', '),
    signal,
    resources,
    recordsPerResource: records / resources,
    compression,
    privacy,
    requestsARound,
  };
};

export const ROWS: readonly Row[] = [
  // 1 KiB.
  row('traces', { records: 2, resources: 1 }, 8000),
  ...SIZES.flatMap((size) =>
    SIGNALS.flatMap((signal) =>
      COMPRESSIONS.map((compression) => row(signal, size, size.requestsARound[compression], { compression })),
    ),
  ),
  row('traces', SIZES[0], 3000, { privacy: true }),
  ...SIGNALS.map((signal) => row(signal, SIZES[1], 150, { privacy: true })),
];
