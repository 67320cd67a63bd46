import { ResourceScan } from '../enrich/resource-scan';
import { WantedKeys } from '../enrich/wanted-keys';
import type { Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { NestedSplice } from '../wire/nested-splice';
import { WireReader } from '../wire/wire-reader';
import { type LogFields, readLogFields } from './log-fields';
import { OutputLimitError } from './output-limit-error';
import { RecordEdit } from './record-edit';
import type { RecordRule, RecordView } from './record-rule';

export interface RecordLimits {
  /** Spans, log records or data points in one request. */
  readonly maxRecords: number;
  readonly maxAttributesPerRecord: number;
  /** A longer body of a log record is not shown to the rules. */
  readonly maxBodyBytes: number;
  /** ArrayValue and KeyValueList in one another. */
  readonly maxValueDepth: number;
  /** The rewritten request; what would be larger is given up as soon as that shows. */
  readonly maxOutputBytes: number;
}

/** The rules for one signal, made ready once. */
export class SignalRules {
  readonly rules: readonly RecordRule[];
  readonly wantedKeys: WantedKeys;
  readonly readsBody: boolean;

  constructor(signal: Signal, rules: readonly RecordRule[]) {
    this.rules = rules.filter(({ signals }) => signals.includes(signal));
    this.wantedKeys = new WantedKeys(this.rules.flatMap((rule) => rule.wantedKeys));
    this.readsBody = this.rules.some((rule) => rule.readsBody);
  }
}

/** Metric's data (gauge = 5, sum, histogram, exponential_histogram, summary) → the tag of a point's attributes. */
const POINT_ATTRIBUTES = new Map([
  [0x2a, 0x3a],
  [0x3a, 0x3a],
  [0x4a, 0x4a],
  [0x52, 0x0a],
  [0x5a, 0x3a],
]);
const SPAN_ATTRIBUTES = 0x4a;
const LOG_ATTRIBUTES = 0x32;

/**
 * Carries out record rules, in their order, on every span, log record or data point of an encoded request. A
 * rule sees what the rules before it have derived; what is derived is appended to the record.
 *
 * @returns the input itself if nothing was derived
 * @throws OutputLimitError over `maxOutputBytes`, OtlpError INVALID_ARGUMENT for malformed bytes and for what is over a limit
 */
export function derive(signal: Signal, request: Buffer, rules: SignalRules, limits: RecordLimits): Buffer {
  return new Derivation(signal, request, rules, limits).run();
}

class Derivation implements RecordView {
  readonly #reader: WireReader;
  readonly #splice: NestedSplice;
  readonly #resource: ResourceScan;
  readonly #record: ResourceScan;
  #log: LogFields | undefined;
  readonly #edit: RecordEdit;
  #records = 0;
  /** The least that the output can have by now. */
  #outputBytes: number;

  constructor(
    private readonly signal: Signal,
    private readonly request: Buffer,
    private readonly rules: SignalRules,
    private readonly limits: RecordLimits,
  ) {
    this.#resource = new ResourceScan(request, rules.wantedKeys, limits.maxAttributesPerRecord);
    this.#record = new ResourceScan(request, rules.wantedKeys, limits.maxAttributesPerRecord);
    this.#reader = new WireReader(request);
    this.#splice = new NestedSplice(request);
    this.#edit = new RecordEdit((key) => this.#record.has(key));
    this.#outputBytes = request.length;
  }

  run(): Buffer {
    return this.#splice.apply(
      this.#each(this.request.length, 0x0a, (end) => {
        this.#readResource(end);
        return this.#each(end, 0x12, (scopeEnd) =>
          this.#each(scopeEnd, 0x12, (recordEnd) =>
            this.signal === 'metrics' ? this.#metric(recordEnd) : this.#spanOrLog(recordEnd),
          ),
        );
      }),
    );
  }

  get(key: string): string | undefined {
    return this.#record.get(key) ?? this.#edit.get(key);
  }

  resource(key: string): string | undefined {
    return this.#resource.get(key);
  }

  body(): string | undefined {
    const body = this.#log?.body;
    if (!this.rules.readsBody || body === undefined || body.isInteger) return undefined;
    const { start, end } = body;
    if (start < 0 || end - start > this.limits.maxBodyBytes) return undefined;
    return this.request.toString('utf8', start, end);
  }

  /** The length-delimited fields of one tag in a message that ends at `end`; returns by how much they grow. */
  #each(end: number, wantedTag: number, edit: (end: number) => number): number {
    const reader = this.#reader;
    const outerEnd = reader.end;
    reader.end = end;
    let growth = 0;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag !== wantedTag) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      const lengthAt = reader.position;
      const fieldEnd = reader.range();
      const opened = this.#splice.open(lengthAt, reader.position);
      growth += this.#splice.close(opened, fieldEnd, edit(fieldEnd));
      reader.position = fieldEnd;
    }
    reader.end = outerEnd;
    return growth;
  }

  /** All Resources of a parent, wherever they stand in it, before its records. */
  #readResource(end: number): void {
    this.#resource.reset();
    const parent = new WireReader(this.request, this.#reader.position, end);
    while (!parent.done) {
      const tag = parent.tag();
      if (tag === 0x0a) this.#resource.read(parent.message());
      else parent.skip(tag & 7, tag >>> 3);
    }
  }

  #metric(end: number): number {
    let growth = 0;
    const start = this.#reader.position;
    const reader = new WireReader(this.request, start, end);
    while (!reader.done) {
      const tag = reader.tag();
      const attributesTag = POINT_ATTRIBUTES.get(tag);
      if (attributesTag === undefined) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      const lengthAt = reader.position;
      const dataEnd = reader.range();
      const opened = this.#splice.open(lengthAt, reader.position);
      this.#reader.position = reader.position;
      const inner = this.#each(dataEnd, 0x0a, (pointEnd) => this.#one(pointEnd, attributesTag, undefined));
      growth += this.#splice.close(opened, dataEnd, inner);
      reader.position = dataEnd;
    }
    return growth;
  }

  #spanOrLog(end: number): number {
    if (this.signal === 'traces') return this.#one(end, SPAN_ATTRIBUTES, undefined);
    return this.#one(end, LOG_ATTRIBUTES, readLogFields(this.#sub(end)));
  }

  /** One record, whose content begins where the reader is. */
  #one(end: number, attributesTag: number, log: LogFields | undefined): number {
    this.#records += 1;
    if (this.#records > this.limits.maxRecords) {
      throw new OtlpError('INVALID_ARGUMENT', `over ${this.limits.maxRecords} records in one request`);
    }
    this.#record.reset();
    this.#record.read(this.#sub(end), attributesTag);
    this.#log = log;
    const edit = this.#edit;
    edit.begin(attributesTag, log);
    for (const rule of this.rules.rules) {
      const derived = rule.derive(this);
      if (derived !== undefined) edit.add(derived);
    }
    const fields = edit.take();
    if (fields === undefined) return 0;
    this.#outputBytes += fields.length;
    if (this.#outputBytes > this.limits.maxOutputBytes) {
      throw new OutputLimitError(this.limits.maxOutputBytes);
    }
    return this.#splice.replace(end, end, fields);
  }

  #sub(end: number): WireReader {
    return new WireReader(this.request, this.#reader.position, end);
  }
}
