import { OtlpError } from '../status/otlp-error';
import { encodeBytesField, varintLength, writeVarint } from '../wire/encode';
import { NestedSplice } from '../wire/nested-splice';
import { WireReader } from '../wire/wire-reader';
import { ARRAY_VALUE, type Field, KEY_VALUE_LIST, type Shape } from './otlp-shape';
import type { KeyRule, PrivacyFilter } from './privacy-filter';
import { scalarOf } from './scalar-value';
import type { Occurrences } from './trigger-scan';

const NOTHING = Buffer.alloc(0);

/**
 * Carries out a privacy filter on one encoded request, by walking down to every string and attribute.
 *
 * Of a field that must not repeat but does, every occurrence is looked at, since receivers do not agree on
 * which of them counts. An attribute (or an entry of a map) goes with its key, and with a string that is its
 * whole value, when none of that may leave; any other string that may not leave is left out of its message.
 *
 * @param occurrences where triggers are; messages without any are passed over unread. Undefined: read all.
 * @returns the input itself if nothing was to be changed
 * @throws OtlpError INVALID_ARGUMENT for malformed bytes, and for values nested too deep
 */
export function redact(
  request: Buffer,
  shape: Shape,
  filter: PrivacyFilter,
  occurrences: Occurrences | undefined,
  maxDepth: number,
): Buffer {
  return new Redaction(request, filter, occurrences, maxDepth).run(shape);
}

class Redaction {
  readonly #reader: WireReader;
  readonly #splice: NestedSplice;
  /** The value that was just read was a string that may not leave. */
  #valueDropped = false;

  constructor(
    private readonly request: Buffer,
    private readonly filter: PrivacyFilter,
    private readonly occurrences: Occurrences | undefined,
    private readonly maxDepth: number,
  ) {
    this.#reader = new WireReader(request);
    this.#splice = new NestedSplice(request);
  }

  run(shape: Shape): Buffer {
    return this.#splice.apply(this.#fields(this.request.length, shape, 0));
  }

  /** The fields of a message that ends at `end`; returns by how many bytes they grow, as all below do. */
  #fields(end: number, shape: Shape, depth: number): number {
    const reader = this.#reader;
    const outerEnd = reader.end;
    reader.end = end;
    let growth = 0;
    while (!reader.done) {
      const tagAt = reader.position;
      const tag = reader.tag();
      const field = shape[tag];
      if (field === undefined) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      const lengthAt = reader.position;
      const fieldEnd = reader.range();
      if (this.occurrences?.touch(reader.position, fieldEnd) !== false) {
        growth += this.#field(field, tagAt, lengthAt, fieldEnd, depth);
      }
      reader.position = fieldEnd;
    }
    reader.end = outerEnd;
    return growth;
  }

  #field(field: Field, tagAt: number, lengthAt: number, end: number, depth: number): number {
    switch (field) {
      case 'text':
        return this.#text(tagAt, lengthAt, end) ?? this.#remove(tagAt, end);
      case 'key': {
        const rule = this.filter.keyRule(this.#latin1(end));
        if (rule?.drops !== true) return this.#text(tagAt, lengthAt, end) ?? this.#remove(tagAt, end);
        rule.apply(NOTHING);
        return this.#remove(tagAt, end);
      }
      case 'attribute':
        return this.#attribute(tagAt, lengthAt, end, depth);
      case 'value':
        return this.#value(lengthAt, end, depth);
      default: {
        const opened = this.#splice.open(lengthAt, this.#reader.position);
        return this.#splice.close(opened, end, this.#fields(end, field, depth));
      }
    }
  }

  /** A string, bytes or key; undefined when none of it may leave. */
  #text(tagAt: number, lengthAt: number, end: number): number | undefined {
    const text = this.#latin1(end);
    const left = this.filter.text(text);
    if (left === text) return 0;
    if (left === undefined) return undefined;
    return this.#splice.replace(lengthAt, end, prefixed(Buffer.from(left, 'latin1')));
  }

  /** KeyValue { key = 1, value = 2 }. */
  #attribute(tagAt: number, lengthAt: number, end: number, depth: number): number {
    const start = this.#reader.position;
    const rule = this.#keyRule(end);
    if (rule?.drops === true) {
      rule.apply(NOTHING);
      return this.#remove(tagAt, end);
    }
    this.#reader.position = start;
    const before = this.#splice.mark;
    const opened = this.#splice.open(lengthAt, start);
    const growth = this.#keyValue(end, rule, depth);
    if (growth !== undefined) return this.#splice.close(opened, end, growth);
    this.#splice.undo(before);
    return this.#remove(tagAt, end);
  }

  /** Of the attribute's keys, should there be several: one that drops it, else the last. */
  #keyRule(end: number): KeyRule | undefined {
    const reader = this.#reader;
    const outerEnd = reader.end;
    reader.end = end;
    let rule: KeyRule | undefined;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x0a) {
        const keyEnd = reader.range();
        if (rule?.drops !== true) rule = this.filter.keyRule(this.#latin1(keyEnd)) ?? rule;
        reader.position = keyEnd;
      } else {
        reader.skip(tag & 7, tag >>> 3);
      }
    }
    reader.end = outerEnd;
    return rule;
  }

  /** The text of the attribute's key, and its value; undefined when the attribute must go. */
  #keyValue(end: number, rule: KeyRule | undefined, depth: number): number | undefined {
    const reader = this.#reader;
    const outerEnd = reader.end;
    reader.end = end;
    let growth: number | undefined = 0;
    while (!reader.done && growth !== undefined) {
      const tagAt = reader.position;
      const tag = reader.tag();
      if (tag !== 0x0a && tag !== 0x12) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      const lengthAt = reader.position;
      const fieldEnd = reader.range();
      let more: number | undefined;
      if (tag === 0x0a) {
        more = this.#text(tagAt, lengthAt, fieldEnd);
      } else if (rule !== undefined) {
        more = this.#replaceValue(lengthAt, fieldEnd, rule);
      } else {
        more = this.#value(lengthAt, fieldEnd, depth);
        if (this.#valueDropped) more = undefined;
      }
      growth = more === undefined ? undefined : growth + more;
      reader.position = fieldEnd;
    }
    reader.end = outerEnd;
    return growth;
  }

  /** Puts a string in the place of a value, if it is set. */
  #replaceValue(lengthAt: number, end: number, rule: KeyRule): number {
    const scalar = scalarOf(this.#reader, end);
    return scalar === undefined
      ? 0
      : this.#splice.replace(lengthAt, end, prefixed(encodeBytesField(1, rule.apply(scalar))));
  }

  /** AnyValue {string_value = 1, int_value = 3, array_value = 5, kvlist_value = 6, bytes_value = 7}. */
  #value(valueLengthAt: number, end: number, depth: number): number {
    if (depth >= this.maxDepth) {
      throw new OtlpError('INVALID_ARGUMENT', `values nested over ${this.maxDepth} deep`);
    }
    const reader = this.#reader;
    const outerEnd = reader.end;
    const opened = this.#splice.open(valueLengthAt, reader.position);
    reader.end = end;
    let growth = 0;
    let dropped = false;
    while (!reader.done) {
      const tagAt = reader.position;
      const tag = reader.tag();
      if (tag === 0x18) {
        const more = this.#integer(tagAt);
        dropped ||= more === undefined;
        growth += more ?? this.#remove(tagAt, reader.position);
        continue;
      }
      if (tag !== 0x0a && tag !== 0x3a && tag !== 0x2a && tag !== 0x32) {
        reader.skip(tag & 7, tag >>> 3);
        continue;
      }
      const lengthAt = reader.position;
      const fieldEnd = reader.range();
      if (tag === 0x2a || tag === 0x32) {
        growth += this.#field(
          tag === 0x2a ? ARRAY_VALUE : KEY_VALUE_LIST,
          tagAt,
          lengthAt,
          fieldEnd,
          depth + 1,
        );
      } else {
        const more = this.#text(tagAt, lengthAt, fieldEnd);
        dropped ||= more === undefined;
        growth += more ?? this.#remove(tagAt, fieldEnd);
      }
      reader.position = fieldEnd;
    }
    reader.end = outerEnd;
    this.#valueDropped = dropped;
    return this.#splice.close(opened, end, growth);
  }

  /** An int_value; undefined when it must go. */
  #integer(tagAt: number): number | undefined {
    const reader = this.#reader;
    const start = reader.position;
    const approximate = reader.varint();
    const { integers } = this.filter;
    if (integers === undefined || approximate < integers.least) return 0;
    reader.position = start;
    const value = reader.int64();
    const left = value < integers.least ? value : integers.apply(value);
    if (left === undefined) return undefined;
    if (typeof left === 'bigint') return 0;
    return this.#splice.replace(tagAt, reader.position, encodeBytesField(1, left));
  }

  #remove(start: number, end: number): number {
    return this.#splice.replace(start, end, NOTHING);
  }

  #latin1(end: number): string {
    return this.request.toString('latin1', this.#reader.position, end);
  }
}

function prefixed(content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(varintLength(content.length) + content.length);
  bytes.set(content, writeVarint(bytes, 0, content.length));
  return bytes;
}
