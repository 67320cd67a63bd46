/**
 * Attribute keys whose values are wanted, found by their bytes: a key is decoded only by whoever asks for it.
 * Most keys of a Resource are told apart by their length and last byte.
 */
export class WantedKeys {
  readonly size: number;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #byLength: (readonly { readonly bytes: Buffer; readonly index: number }[] | undefined)[] = [];

  constructor(keys: Iterable<string>) {
    this.#indexes = new Map([...new Set(keys)].map((key, index) => [key, index]));
    this.size = this.#indexes.size;
    for (const [key, index] of this.#indexes) {
      const bytes = Buffer.from(key);
      this.#byLength[bytes.length] = [...(this.#byLength[bytes.length] ?? []), { bytes, index }];
    }
  }

  /** The key's place among the wanted ones, or -1. */
  indexOf(key: string): number {
    return this.#indexes.get(key) ?? -1;
  }

  /** The same for a key that lies at [start, end) of a buffer. */
  find(buffer: Uint8Array, start: number, end: number): number {
    const candidates = this.#byLength[end - start];
    if (candidates === undefined) return -1;
    for (const { bytes, index } of candidates) {
      if (bytesEqual(buffer, start, end, bytes)) return index;
    }
    return -1;
  }
}

/** From the end, since the keys of a Resource begin alike ("k8s.pod.…"). */
export function bytesEqual(buffer: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  const length = expected.length;
  if (end - start !== length) return false;
  for (let index = length - 1; index >= 0; index -= 1) {
    if (buffer[start + index] !== expected[index]) return false;
  }
  return true;
}
