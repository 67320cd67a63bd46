import type { Attributes } from '../enrich/attribute-additions';
import { FieldBuffer } from './field-buffer';
import type { LogFields } from './log-fields';
import type { Derived, RecordFields } from './record-rule';

const MAX_KNOWN_KEYS = 10_000;

/** What the rules derived for one record, put together as the fields to append to it. Reused for the next one. */
export class RecordEdit {
  readonly #fields = new FieldBuffer();
  /** What was derived, by rule. */
  readonly #derived: Attributes[] = [];
  #attributesTag = 0;
  #own: LogFields | undefined;

  /** @param has says whether the record itself has an attribute of that key */
  constructor(private readonly has: (key: Buffer) => boolean) {}

  /**
   * @param attributesTag of the record's attributes, one byte
   * @param own the record's own fields; undefined if it is not a log record
   */
  begin(attributesTag: number, own: LogFields | undefined): void {
    this.#derived.length = 0;
    this.#attributesTag = attributesTag;
    this.#own = own;
  }

  /** To be appended to the record; undefined if nothing is. */
  take(): Uint8Array | undefined {
    return this.#fields.take();
  }

  /** The string that an earlier rule derived under this key. */
  get(key: string): string | undefined {
    const value = this.#derived.find((attributes) => Object.hasOwn(attributes, key))?.[key];
    return typeof value === 'string' && value !== '' && !this.has(bytesOf(key)) ? value : undefined;
  }

  add({ attributes, fields }: Derived): void {
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      const keyBytes = bytesOf(key);
      if (value === undefined || this.#isDerived(key) || this.has(keyBytes)) continue;
      this.#fields.attribute(this.#attributesTag, keyBytes, value);
    }
    this.#derived.push(attributes);
    if (fields !== undefined && this.#own !== undefined) this.#fill(fields, this.#own);
  }

  #isDerived(key: string): boolean {
    for (const attributes of this.#derived) if (Object.hasOwn(attributes, key)) return true;
    return false;
  }

  /** LogRecord; the last occurrence of a field counts, so one that is behind an empty one fills it. */
  #fill(derived: RecordFields, own: LogFields): void {
    const { timeUnixNano, severityNumber, severityText, traceId, spanId } = derived;
    if (timeUnixNano !== undefined && own.timeUnixNano === 0n) {
      own.timeUnixNano = timeUnixNano;
      this.#fields.fixed64(0x09, timeUnixNano);
    }
    if (severityNumber !== undefined && own.severityNumber === 0) {
      own.severityNumber = severityNumber;
      this.#fields.varint(0x10, severityNumber);
    }
    if (severityText !== undefined && !own.hasSeverityText) {
      own.hasSeverityText = true;
      this.#fields.bytes(0x1a, Buffer.from(severityText));
    }
    if (traceId !== undefined && !own.hasTraceId) {
      own.hasTraceId = true;
      this.#fields.bytes(0x4a, traceId);
    }
    if (spanId !== undefined && !own.hasSpanId) {
      own.hasSpanId = true;
      this.#fields.bytes(0x52, spanId);
    }
  }
}

/** Rules derive the same few keys again and again. */
const knownKeys = new Map<string, Buffer>();

function bytesOf(key: string): Buffer {
  let bytes = knownKeys.get(key);
  if (bytes === undefined) {
    if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear();
    knownKeys.set(key, (bytes = Buffer.from(key)));
  }
  return bytes;
}
