import { EXPORT_PATHS, type Signal, WireReader, encodeBytesField } from '@trace/otlp';
import { messagesOf } from '../../support/wire.ts';

const RECORDS = 40;
const PADDING = 'x'.repeat(200);
/** Hexadecimal digits of a request's number, at the beginning of what names each of its records. */
const DIGITS = 8;

/** Where a record of each signal has its name: Span.trace_id, LogRecord.trace_id, Metric.name. */
const NAME_FIELDS: Readonly<Record<Signal, number>> = { traces: 1, logs: 9, metrics: 1 };
const SIGNALS = Object.keys(NAME_FIELDS) as Signal[];

/** The signals take turns. */
export function signalOf(number: number): Signal {
  return SIGNALS[number % SIGNALS.length] ?? 'traces';
}

/** An Export request of 40 records, each of which carries the request's number. */
export function makeRequest(number: number): Buffer {
  const signal = signalOf(number);
  const name = number.toString(16).padStart(DIGITS, '0').padEnd(16, '-');
  const record = encodeBytesField(
    2,
    Buffer.concat([encodeBytesField(NAME_FIELDS[signal], name), encodeBytesField(...paddingOf(signal))]),
  );
  const scope = Buffer.concat(Array.from({ length: RECORDS }, () => record));
  return encodeBytesField(1, encodeBytesField(2, scope));
}

/** Span.name, LogRecord.body (as a string), Metric.description. */
function paddingOf(signal: Signal): [field: number, bytes: Buffer] {
  const text = Buffer.from(PADDING);
  if (signal === 'metrics') return [2, text];
  return [5, signal === 'traces' ? text : encodeBytesField(1, text)];
}

/** The number of a request that has arrived whole; throws if a record is missing, or changed. */
export function readRequest(path: string, request: Buffer): number {
  const signal = SIGNALS.find((each) => EXPORT_PATHS[each] === path);
  if (signal === undefined) throw new Error(`a request for ${path}`);
  let number: number | undefined;
  let records = 0;
  const nameTag = NAME_FIELDS[signal] * 8 + 2;
  for (const container of messagesOf(new WireReader(request), 0x0a)) {
    for (const scope of messagesOf(container, 0x12)) {
      for (const record of messagesOf(scope, 0x12)) {
        for (const name of messagesOf(record, nameTag)) {
          const digits = Buffer.from(name.buffer).toString('latin1', name.position, name.position + DIGITS);
          const its = parseInt(digits, 16);
          if (number !== undefined && number !== its)
            throw new Error(`records of ${number} and ${its} in one`);
          number = its;
          records += 1;
        }
      }
    }
  }
  if (number === undefined || records !== RECORDS) throw new Error(`a request with ${records} records`);
  if (signalOf(number) !== signal) throw new Error(`request ${number} came as ${signal}`);
  return number;
}
