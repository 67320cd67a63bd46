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

const row = (name: string, signal: Signal, records: number, rest: Partial<Row> = {}): Row => {
  const resources = rest.resources ?? 4;
  return {
    name,
    signal,
    resources,
    recordsPerResource: records / resources,
    compression: 'none',
    privacy: false,
    requestsARound: 500,
    ...rest,
  };
};

export const ROWS: readonly Row[] = [
  row('traces, 2 spans', 'traces', 2, { resources: 1, requestsARound: 8000 }),
  row('traces, 8 spans', 'traces', 8, { resources: 1, requestsARound: 6000 }),
  row('traces, 512 spans', 'traces', 512),
  row('logs, 512 records', 'logs', 512),
  row('metrics, 512 data points', 'metrics', 512),
  row('traces, 512 spans, gzip in', 'traces', 512, { compression: 'gzip', requestsARound: 250 }),
  row('traces, 7,680 spans', 'traces', 7680, { resources: 60, requestsARound: 32 }),
  row('traces, 8 spans, privacy rules', 'traces', 8, { resources: 1, privacy: true, requestsARound: 3000 }),
  row('traces, 512 spans, privacy rules', 'traces', 512, { privacy: true, requestsARound: 150 }),
  row('logs, 512 records, privacy rules', 'logs', 512, { privacy: true, requestsARound: 150 }),
];
