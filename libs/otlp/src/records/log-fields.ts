import { type ScalarPlace, readScalarValue } from '../enrich/resource-scan';
import type { WireReader } from '../wire/wire-reader';

/** The fields of a LogRecord that rules look at or fill. An id of zeros is as good as none. */
export interface LogFields {
  timeUnixNano: bigint;
  severityNumber: number;
  hasSeverityText: boolean;
  hasTraceId: boolean;
  hasSpanId: boolean;
  readonly body: ScalarPlace;
}

/** Reads one LogRecord to its end; attributes are passed over. */
export function readLogFields(reader: WireReader): LogFields {
  const fields: LogFields = {
    timeUnixNano: 0n,
    severityNumber: 0,
    hasSeverityText: false,
    hasTraceId: false,
    hasSpanId: false,
    body: { start: -1, end: -1, isInteger: false },
  };
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        fields.timeUnixNano = reader.fixed64();
        break;
      case 0x10: // severity_number, an enum: 32 bits count
        fields.severityNumber = Number(BigInt.asIntN(32, reader.int64()));
        break;
      case 0x1a:
        fields.hasSeverityText = reader.bytes().length > 0;
        break;
      case 0x2a:
        readScalarValue(reader.message(), fields.body);
        break;
      case 0x4a:
        fields.hasTraceId = isSet(reader.bytes());
        break;
      case 0x52:
        fields.hasSpanId = isSet(reader.bytes());
        break;
      default:
        reader.skip(tag & 7, tag >>> 3);
    }
  }
  return fields;
}

function isSet(id: Uint8Array): boolean {
  return id.some((byte) => byte !== 0);
}
