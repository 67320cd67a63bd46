import type { Attributes } from '../enrich/attribute-additions';
import type { Signal } from '../signal';

/** The fields of a LogRecord (opentelemetry-proto `logs/v1`) that a rule can fill. */
export interface RecordFields {
  readonly timeUnixNano?: bigint;
  /** 1 to 24. */
  readonly severityNumber?: number;
  readonly severityText?: string;
  /** 16 bytes. */
  readonly traceId?: Uint8Array;
  /** 8 bytes. */
  readonly spanId?: Uint8Array;
}

/** What a rule found out about one record. */
export interface Derived {
  /** Added where the record has no attribute of that key, whatever its value. */
  readonly attributes: Attributes;
  /** Log records only; a field is set where the record's own is missing, empty or 0. */
  readonly fields?: RecordFields;
}

/** One span, log record or metric data point, as a rule sees it. */
export interface RecordView {
  /** The first non-empty string value of a wanted key among the record's attributes. */
  get(key: string): string | undefined;
  /** The same among the attributes of its Resource. */
  resource(key: string): string | undefined;
  /** The body of a log record, if it is a string and the rule says that it reads it. */
  body(): string | undefined;
}

/** Derives attributes and fields of a record from the record itself. Must be pure and must not throw. */
export interface RecordRule {
  readonly name: string;
  readonly signals: readonly Signal[];
  /** Attribute keys that `get` and `resource` will be asked for; others are not read. */
  readonly wantedKeys: readonly string[];
  readonly readsBody: boolean;
  derive(record: RecordView): Derived | undefined;
}
