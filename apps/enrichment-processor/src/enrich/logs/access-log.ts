import { isIP } from 'node:net';
import { parseClfTime } from './clf-time';
import { readQuoted } from './quoted';

/** A line of an access log, taken apart; a field that the server wrote as `-` is not there. */
export interface AccessLogEntry {
  /** The first field: an address, or a name where the server looks names up. */
  readonly remote: string;
  readonly user?: string;
  readonly timeUnixNano: bigint;
  /** The request line with its escapes undone, whatever the client sent. */
  readonly request?: string;
  readonly statusCode?: number;
  /** Bytes of the body; of the whole response in Apache's vhost_combined. */
  readonly responseBytes?: number;
  readonly referer?: string;
  readonly userAgent?: string;
  /** nginx's `main` format: X-Forwarded-For as a third quoted field, its addresses from client to proxy. */
  readonly forwardedFor?: readonly string[];
  /** Apache's vhost_combined: `server:port` in front of everything. */
  readonly virtualHost?: { readonly address: string; readonly port: number };
}

const STATUS = /^\d{3}$/;
const BYTES = /^\d{1,15}$/; // the largest is a safe integer
const VIRTUAL_HOST = /^([^:\s]{1,255}):(\d{1,5})$/;
const MAX_FORWARDED_ADDRESSES = 32;

/**
 * Reads a line in the Common Log Format (`%h %l %u %t "%r" %>s %b`) or the Combined one (with "referer" and
 * "user agent" behind it), as Apache and nginx write them. Fields that follow are left alone, except where
 * they can only be one thing. undefined where the line is anything else. One pass, whatever the line.
 *
 * @see https://httpd.apache.org/docs/2.4/logs.html#common
 */
export function parseAccessLog(line: string): AccessLogEntry | undefined {
  // The user's name may hold spaces, so the time, which may not, is found first.
  const timeStart = line.indexOf(' [');
  if (timeStart < 0) return undefined;
  const timeEnd = line.indexOf('] "', timeStart);
  if (timeEnd < 0) return undefined;
  const timeUnixNano = parseClfTime(line.slice(timeStart + 2, timeEnd));
  if (timeUnixNano === undefined) return undefined;
  const client = parseClient(line.slice(0, timeStart));
  if (client === undefined) return undefined;
  const request = readQuoted(line, timeEnd + 2);
  if (request === undefined) return undefined;
  const numbers = parseNumbers(line, request.end);
  if (numbers === undefined) return undefined;
  return {
    ...client,
    timeUnixNano,
    ...present('request', request.text),
    ...numbers.fields,
    ...parseQuotedTail(line, numbers.end),
  };
}

type ClientFields = Pick<AccessLogEntry, 'remote' | 'user' | 'virtualHost'>;

/** `host ident user`, where only the user may hold spaces. */
function parseClient(text: string): ClientFields | undefined {
  const [first, rest] = cut(text);
  const [second, afterSecond] = cut(rest);
  const host = VIRTUAL_HOST.exec(first);
  if (host !== null && isIP(first) === 0 && isIP(second) !== 0) {
    const [ident, user] = cut(afterSecond);
    if (ident === '' || user === '') return undefined;
    const [, address = '', port] = host;
    return { remote: second, ...present('user', user), virtualHost: { address, port: Number(port) } };
  }
  if (first === '' || second === '' || afterSecond === '') return undefined;
  return { remote: first, ...present('user', afterSecond) };
}

/** ` 200 2326`, behind the request and before a space or the end. */
function parseNumbers(
  line: string,
  start: number,
): { fields: Pick<AccessLogEntry, 'statusCode' | 'responseBytes'>; end: number } | undefined {
  if (line[start] !== ' ') return undefined;
  const statusEnd = line.indexOf(' ', start + 1);
  if (statusEnd < 0) return undefined;
  const nextSpace = line.indexOf(' ', statusEnd + 1);
  const end = nextSpace < 0 ? line.length : nextSpace;
  const status = line.slice(start + 1, statusEnd);
  const bytes = line.slice(statusEnd + 1, end);
  if (!(STATUS.test(status) || status === '-') || !(BYTES.test(bytes) || bytes === '-')) return undefined;
  return {
    fields: {
      // nginx writes 000 where it sent no status.
      ...(Number(status) >= 100 && { statusCode: Number(status) }),
      ...(bytes !== '-' && { responseBytes: Number(bytes) }),
    },
    end,
  };
}

type TailFields = Pick<AccessLogEntry, 'referer' | 'userAgent' | 'forwardedFor'>;

/** `"referer" "user agent"` and perhaps `"forwarded for"`; what does not look like that is not read. */
function parseQuotedTail(line: string, start: number): TailFields {
  const referer = readQuoted(line, start + 1);
  const userAgent = referer && readQuoted(line, referer.end + 1);
  if (referer === undefined || userAgent === undefined) return {};
  const forwarded = readQuoted(line, userAgent.end + 1)
    ?.text.split(',', MAX_FORWARDED_ADDRESSES)
    .map((address) => address.trim());
  return {
    ...present('referer', referer.text),
    ...present('userAgent', userAgent.text),
    ...(forwarded?.every((address) => isIP(address) !== 0) && { forwardedFor: forwarded }),
  };
}

/** The text up to the first space, and what is behind it. */
function cut(text: string): [string, string] {
  const space = text.indexOf(' ');
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}

/** `-` is how a server writes that there is none; an empty user comes as `""`. */
function present<Key extends string>(key: Key, text: string): Partial<Record<Key, string>> {
  return text === '-' || text === '' || text === '""' ? {} : ({ [key]: text } as Record<Key, string>);
}
