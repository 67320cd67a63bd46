import { randomBytes } from 'node:crypto';
import { encodeBytesField, encodeVarintField } from '@trace/otlp';

const SPANS = 10;
const SERVER = 2;
const SLOW_MILLIS = 900;

/** An ExportTraceServiceRequest with spans of these services that are too slow, or none of which is. */
export function tracesOf(services: readonly string[], isSlow: boolean, endEpochMillis: number): Buffer {
  const durationMillis = isSlow ? SLOW_MILLIS : 5;
  return Buffer.concat(
    services.map((service) => {
      const value = encodeBytesField(1, service);
      const name = Buffer.concat([encodeBytesField(1, 'service.name'), encodeBytesField(2, value)]);
      const spans = Array.from({ length: SPANS }, () =>
        encodeBytesField(2, spanOf(endEpochMillis, durationMillis)),
      );
      return encodeBytesField(
        1,
        Buffer.concat([
          encodeBytesField(1, encodeBytesField(1, name)),
          encodeBytesField(2, Buffer.concat(spans)),
        ]),
      );
    }),
  );
}

function spanOf(endEpochMillis: number, durationMillis: number): Buffer {
  return Buffer.concat([
    encodeBytesField(1, randomBytes(16)),
    encodeBytesField(2, randomBytes(8)),
    encodeVarintField(6, SERVER),
    timeField(7, endEpochMillis - durationMillis),
    timeField(8, endEpochMillis),
  ]);
}

/** fixed64, in nanoseconds. */
function timeField(field: number, epochMillis: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(field * 8 + 1);
  bytes.writeBigUInt64LE(BigInt(epochMillis) * 1_000_000n, 1);
  return bytes;
}
