import type { Trigger } from './privacy-filter';

/** Beyond this many occurrences it is quicker to look at everything than to keep a list. */
const MAX_OCCURRENCES = 65_536;
/** A literal of this many bytes holds three trigrams, one of which is among those that are looked at. */
const LONG = 5;
const BLOCK_BYTES = 12;
/** Take the case off ASCII letters; what else they make equal is told apart later. */
const FOLD_TRIGRAM = 0xdf_df_df;
const FOLD_WORD = 0xdf_df_df_df;
const FOLD_BYTE = 0xdf;

/**
 * Finds every occurrence of the triggers in a request without knowing its structure: keys and values are
 * contiguous in protobuf, so what is not in the bytes is in no string either. Long literals are found by
 * looking at every third trigram, which costs 0.25 ns a byte; short ones by their first byte.
 */
export class TriggerScan {
  readonly #isTrigram = new Uint8Array(0x1_0000);
  readonly #isBeginning = new Uint8Array(0x1_0000);
  readonly #byPrefix = new Map<number, Trigger[]>();
  readonly #byFirstByte = new Map<number, Trigger[]>();

  constructor(triggers: readonly Trigger[]) {
    for (const trigger of triggers) {
      const literal = Buffer.from(trigger.literal.toLowerCase(), 'latin1');
      if (literal.length >= LONG) {
        for (let at = 0; at < 3; at += 1) this.#isTrigram[hash(wordAt(literal, at) & FOLD_TRIGRAM)] = 1;
        this.#isBeginning[hash(wordAt(literal, 0) & FOLD_WORD)] = 1;
        pushTo(this.#byPrefix, prefixAt(literal, 0), trigger);
      } else {
        const first = trigger.literal[0] ?? '';
        const bytes = new Set([first.toLowerCase(), first.toUpperCase()].map((char) => char.charCodeAt(0)));
        for (const byte of bytes) pushTo(this.#byFirstByte, byte, trigger);
      }
    }
  }

  /** Undefined if there are too many to be worth a list. */
  find(request: Buffer): Occurrences | undefined {
    const found: Occurrence[] = [];
    const complete = this.#findLong(request, found) && this.#findShort(request, found);
    return complete ? new Occurrences(found) : undefined;
  }

  /** Three aligned words hold four trigrams; loading words is what makes this quick. */
  #findLong(request: Buffer, found: Occurrence[]): boolean {
    if (this.#byPrefix.size === 0 || request.length < LONG) return true;
    const isTrigram = this.#isTrigram;
    const first = -request.byteOffset & 3;
    const blocks = Math.floor((request.length - first) / BLOCK_BYTES);
    const words = new Int32Array(request.buffer, request.byteOffset + first, 3 * blocks);
    this.#confirmAll(request, 0, first, found);
    for (let index = 0; index < words.length; index += 3) {
      const one = words[index] ?? 0;
      const two = words[index + 1] ?? 0;
      const three = words[index + 2] ?? 0;
      const hit =
        (isTrigram[hash(one & FOLD_TRIGRAM)] ?? 0) |
        (isTrigram[hash(((one >>> 24) | (two << 8)) & FOLD_TRIGRAM)] ?? 0) |
        (isTrigram[hash(((two >>> 16) | (three << 16)) & FOLD_TRIGRAM)] ?? 0) |
        (isTrigram[hash((three >>> 8) & FOLD_TRIGRAM)] ?? 0);
      if (hit === 0) continue;
      const at = first + 4 * index;
      this.#confirmAll(request, at - 2, at + BLOCK_BYTES - 2, found);
      if (found.length > MAX_OCCURRENCES) return false;
    }
    this.#confirmAll(request, first + BLOCK_BYTES * blocks - 2, request.length, found);
    return true;
  }

  /** The triggers that begin in [from, to). */
  #confirmAll(request: Buffer, from: number, to: number, found: Occurrence[]): void {
    const end = Math.min(to, request.length - LONG + 1);
    for (let at = Math.max(0, from); at < end; at += 1) {
      if (this.#isBeginning[hash(wordAt(request, at) & FOLD_WORD)] === 0) continue;
      const triggers = this.#byPrefix.get(prefixAt(request, at));
      if (triggers !== undefined) confirmEach(request, at, triggers, found);
    }
  }

  #findShort(request: Buffer, found: Occurrence[]): boolean {
    for (const [byte, triggers] of this.#byFirstByte) {
      for (let at = request.indexOf(byte); at >= 0; at = request.indexOf(byte, at + 1)) {
        confirmEach(request, at, triggers, found);
        if (found.length > MAX_OCCURRENCES) return false;
      }
    }
    return true;
  }
}

interface Occurrence {
  readonly start: number;
  readonly end: number;
}

/** Where the triggers are, to be asked about ranges whose starts only ascend. */
export class Occurrences {
  readonly #sorted: readonly Occurrence[];
  #next = 0;

  constructor(occurrences: Occurrence[]) {
    this.#sorted = occurrences.sort((a, b) => a.start - b.start);
  }

  get none(): boolean {
    return this.#sorted.length === 0;
  }

  /** Is a part of any trigger in [start, end)? */
  touch(start: number, end: number): boolean {
    let next = this.#sorted[this.#next];
    while (next !== undefined && next.end <= start) {
      this.#next += 1;
      next = this.#sorted[this.#next];
    }
    return next !== undefined && next.start < end;
  }
}

function confirmEach(request: Buffer, at: number, triggers: readonly Trigger[], found: Occurrence[]): void {
  for (const { literal, confirm } of triggers) {
    if (!startsWith(request, at, literal) || confirm?.(request, at) === false) continue;
    found.push({ start: at, end: at + literal.length });
  }
}

function startsWith(request: Buffer, at: number, literal: string): boolean {
  if (at + literal.length > request.length) return false;
  for (let index = 0; index < literal.length; index += 1) {
    if (lowerCase(request[at + index] ?? 0) !== lowerCase(literal.charCodeAt(index))) return false;
  }
  return true;
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** Two bytes of a multiplicative hash. */
function hash(word: number): number {
  return Math.imul(word, 0x9e37_79b1) >>> 16;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function prefixAt(bytes: Uint8Array, at: number): number {
  let prefix = 0;
  for (let index = 0; index < LONG; index += 1)
    prefix = prefix * 256 + ((bytes[at + index] ?? 0) & FOLD_BYTE);
  return prefix;
}

function pushTo<K>(map: Map<K, Trigger[]>, key: K, trigger: Trigger): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [trigger]);
  else list.push(trigger);
}
