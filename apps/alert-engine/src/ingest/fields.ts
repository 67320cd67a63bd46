import type { WireReader } from '@trace/otlp';

export const NANOS_PER_MILLI = 1e6;
export const MICROS_PER_MILLI = 1e3;

/** Ids have 16 or 8 bytes; anything longer is cut, since it is only compared with those lengths. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 17)).toString('hex');
}

/** An enum: of a varint that is too long for one, the low 32 bits, as every protobuf library has it. */
export function int32(reader: WireReader): number {
  const start = reader.position;
  const value = reader.varint();
  if (value <= Number.MAX_SAFE_INTEGER) return value | 0;
  reader.position = start;
  return Number(BigInt.asIntN(32, reader.int64()));
}
