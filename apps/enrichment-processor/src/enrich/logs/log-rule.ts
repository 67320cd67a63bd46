import type { Derived, RecordRule, RecordView } from '@trace/otlp';
import { parseAccessLog } from './access-log';
import { httpAttributes } from './http-attributes';
import { jsonAttributes, parseJsonObject } from './json-body';
import type { LogsConfig } from './logs-config';

/** What became of a log record's text; `unmatched` is neither format, `too_long` was not looked at. */
export type LineOutcome = 'access_log' | 'json' | 'unmatched' | 'too_long';

/** Called once for each text; must not throw. */
export type OnLine = (outcome: LineOutcome) => void;

/** Reads access log lines and JSON in the bodies of log records. The body itself is never changed. */
export class LogRule implements RecordRule {
  readonly name = 'logs';
  readonly signals = ['logs'] as const;
  readonly wantedKeys = [];
  readonly readsBody = true;

  constructor(
    private readonly config: LogsConfig,
    private readonly onLine: OnLine,
  ) {}

  derive(record: RecordView): Derived | undefined {
    const body = record.body();
    if (body === undefined || body === '') return undefined;
    if (body.length > this.config.maxLineCharacters) {
      this.onLine('too_long');
      return undefined;
    }
    const { outcome, derived } = this.#read(body.trim());
    this.onLine(outcome);
    return derived;
  }

  #read(line: string): { outcome: LineOutcome; derived?: Derived } {
    const json = this.config.json ? parseJsonObject(line) : undefined;
    if (json !== undefined) return { outcome: 'json', derived: jsonAttributes(json) };
    const entry = this.config.accessLog ? parseAccessLog(line) : undefined;
    if (entry !== undefined) return { outcome: 'access_log', derived: httpAttributes(entry) };
    return { outcome: 'unmatched' };
  }
}
