/**
 * OTLP severity numbers: the first of each range of four.
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 */
export const SEVERITY = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

/** Names that loggers write, lower case. NestJS calls info `log`, and its most talkative level `verbose`. */
const NUMBER_OF_NAME: ReadonlyMap<string, number> = new Map([
  ['verbose', SEVERITY.trace],
  ['trace', SEVERITY.trace],
  ['debug', SEVERITY.debug],
  ['log', SEVERITY.info],
  ['info', SEVERITY.info],
  ['information', SEVERITY.info],
  ['notice', SEVERITY.info + 1],
  ['warn', SEVERITY.warn],
  ['warning', SEVERITY.warn],
  ['err', SEVERITY.error],
  ['error', SEVERITY.error],
  ['crit', SEVERITY.error + 1],
  ['alert', SEVERITY.error + 2],
  ['critical', SEVERITY.fatal], // Python's and .NET's highest
  ['fatal', SEVERITY.fatal],
  ['panic', SEVERITY.fatal],
  ['emerg', SEVERITY.fatal],
  ['emergency', SEVERITY.fatal],
]);

/** pino's and bunyan's numbers, and the names they stand for. */
const NAME_OF_PINO_LEVEL: ReadonlyMap<number, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

export interface Severity {
  readonly severityNumber: number;
  /** As the logger spelt it. */
  readonly severityText: string;
}

/** A level as loggers write it; undefined for one that could mean two things, such as a syslog number. */
export function severityOf(level: unknown): Severity | undefined {
  const text = typeof level === 'number' ? NAME_OF_PINO_LEVEL.get(level) : level;
  if (typeof text !== 'string') return undefined;
  const severityNumber = NUMBER_OF_NAME.get(text.toLowerCase());
  return severityNumber === undefined ? undefined : { severityNumber, severityText: text };
}
