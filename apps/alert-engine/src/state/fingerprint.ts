import type { Labels } from '../evaluate/group-labels';

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const SEPARATOR = 255;

/**
 * The id of an alert: FNV-1a over its sorted labels, 16 hex digits; the same as Alertmanager's, so that
 * tools which know that one can match ours
 * (https://github.com/prometheus/common/blob/v0.70.1/model/signature.go).
 */
export function fingerprint(labels: Labels): string {
  let hash = OFFSET;
  const addByte = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  };
  for (const [name, value] of Object.entries(labels).sort(byName)) {
    Buffer.from(name).forEach(addByte);
    addByte(SEPARATOR);
    Buffer.from(value).forEach(addByte);
    addByte(SEPARATOR);
  }
  return hash.toString(16).padStart(16, '0');
}

/** By code unit, as Go sorts strings of ASCII; label names are ASCII. */
export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
