import type { Derived, RecordFields } from '@trace/otlp';
import { MAX_ID_CHARACTERS } from '../session/session-rule';
import { severityOf } from './severity';
import { unixNano } from './unix-nano';

type JsonObject = Readonly<Record<string, unknown>>;

/** Spellings of one thing, the likeliest first; a dotted one is also looked for as an object in an object. */
const TRACE_ID = ['trace_id', 'traceId', 'traceID', 'trace.id'];
const SPAN_ID = ['span_id', 'spanId', 'spanID', 'span.id'];
const LEVEL = ['level', 'severity', 'severity_text', 'severityText', 'log.level', 'levelname', 'loglevel'];
const TIME = ['time', 'timestamp', '@timestamp', 'ts'];
const SESSION_ID = ['session.id', 'session_id', 'sessionId'];
const USER_ID = ['user.id', 'user_id', 'userId'];

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/**
 * What a log line in JSON says about itself: ids, level and time as fields of the record, session and user as
 * attributes. Values of a wrong shape are passed over.
 */
export function jsonAttributes(body: JsonObject): Derived {
  const sessionId = identifier(find(body, SESSION_ID));
  const userId = identifier(find(body, USER_ID));
  return {
    attributes: {
      ...(sessionId !== undefined && { 'session.id': sessionId }),
      ...(userId !== undefined && { 'user.id': userId }),
    },
    fields: recordFields(body),
  };
}

/** The object that the text is, if it is one. */
export function parseJsonObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    return JSON.parse(text) as JsonObject; // with these two ends it is an object
  } catch {
    return undefined;
  }
}

function recordFields(body: JsonObject): RecordFields {
  const timeUnixNano = epochNanos(find(body, TIME));
  const traceId = bytesOfHex(find(body, TRACE_ID), TRACE_ID_BYTES);
  // A span id alone would be read as one of whatever trace the record has.
  const spanId = traceId && bytesOfHex(find(body, SPAN_ID), SPAN_ID_BYTES);
  return {
    ...(timeUnixNano !== undefined && { timeUnixNano }),
    ...severityOf(find(body, LEVEL)),
    ...(traceId && { traceId }),
    ...(spanId && { spanId }),
  };
}

/** The first that is there, be it of a wrong shape. */
function find(body: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    const value = Object.hasOwn(body, name) ? body[name] : nested(body, name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** `trace.id` as `{"trace": {"id": …}}`, the way ECS loggers may write it. */
function nested(body: JsonObject, name: string): unknown {
  const dot = name.indexOf('.');
  const outer = dot < 0 ? undefined : body[name.slice(0, dot)];
  const inner = name.slice(dot + 1);
  return isObject(outer) && Object.hasOwn(outer, inner) ? outer[inner] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** Ids are often numbers in a database. */
function identifier(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value.length <= MAX_ID_CHARACTERS ? value : undefined;
}

/** An id of W3C trace context, which is never all zeros. */
function bytesOfHex(value: unknown, length: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length !== 2 * length || !/^[0-9a-fA-F]+$/.test(value))
    return undefined;
  const bytes = Buffer.from(value, 'hex');
  return bytes.some((byte) => byte !== 0) ? bytes : undefined;
}

const ISO_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d{0,9})?(Z|[+-]\d\d:?\d\d)$/;

/**
 * Nanoseconds since the epoch of an ISO 8601 time with a zone, or of a number that can only be seconds, or only
 * milliseconds (2001 to 2262 either way). undefined for a local time: nobody knows where.
 */
function epochNanos(value: unknown): bigint | undefined {
  if (typeof value === 'number') {
    if (value >= 1e12 && value < 1e13) return ofMicros(Math.round(value * 1000));
    if (value >= 1e9 && value < 1e10) return ofMicros(Math.round(value * 1e6));
    return undefined;
  }
  if (typeof value !== 'string') return undefined;
  const match = ISO_TIME.exec(value);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  const epochMillis = Date.parse(`${date}T${time}${zone}`);
  return unixNano(epochMillis, BigInt(fraction.padEnd(9, '0')));
}

function ofMicros(epochMicros: number): bigint | undefined {
  return unixNano(Math.floor(epochMicros / 1000), BigInt(epochMicros % 1000) * 1000n);
}
