import { isIP } from 'node:net';
import type { AccessLogEntry } from '../access-log';

const QUOTED = String.raw`"((?:[^"\\]|\\[^])*)"`;
const LINE = new RegExp(
  String.raw`^((?:(?! \[)[^])+) \[((?:(?!\] ")[^])*)\] ${QUOTED} (\d{3}|-) (\d{1,15}|-)(?= |$)` +
    `(?: ${QUOTED} ${QUOTED}(?= |$)(?: ${QUOTED}(?= |$))?)?`,
);
const CLIENT = /^([^ ]+) ([^ ]+) ([^]+)$/;
const VIRTUAL_HOST_CLIENT = /^([^:\s]{1,255}):(\d{1,5}) ([^ ]+) ([^ ]+) ([^]+)$/;
const TIME = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:[0-5]\d)(?:\.(\d{1,9}))? ([+-](?:[01]\d|2[0-3])[0-5]\d)$/;
const LETTERS: Readonly<Record<string, string>> = { b: '\b', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The simple way to do what parseAccessLog does: one regular expression, and the library for the time. */
export function referenceAccessLog(line: string): AccessLogEntry | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, clientText = '', time = '', request, status, bytes, referer, userAgent, forwarded] = match;
  const timeUnixNano = nanos(time);
  const client = clientOf(clientText);
  if (timeUnixNano === undefined || client === undefined) return undefined;
  const addresses = userAgent === undefined ? undefined : forwarded && unescape(forwarded).split(',', 32);
  const forwardedFor = addresses ? addresses.map((address) => address.trim()) : undefined;
  return Object.fromEntries(
    Object.entries({
      ...client,
      timeUnixNano,
      request: dashed(request),
      statusCode: status === '-' || Number(status) < 100 ? undefined : Number(status),
      responseBytes: bytes === '-' ? undefined : Number(bytes),
      referer: dashed(referer),
      userAgent: dashed(userAgent),
      forwardedFor: forwardedFor?.every((address) => isIP(address) !== 0) ? forwardedFor : undefined,
    }).filter(([, value]) => value !== undefined),
  ) as unknown as AccessLogEntry;
}

function clientOf(text: string): Record<string, unknown> | undefined {
  const host = VIRTUAL_HOST_CLIENT.exec(text);
  if (host !== null && isIP(text.split(' ')[0] ?? '') === 0 && isIP(host[3] ?? '') !== 0) {
    const [, address, port, remote, , user] = host;
    return { remote, user: unlessDash(user), virtualHost: { address, port: Number(port) } };
  }
  if (
    /^[^:\s]{1,255}:\d{1,5} /.test(text) &&
    isIP(text.split(' ')[0] ?? '') === 0 &&
    isIP(text.split(' ')[1] ?? '') !== 0
  ) {
    return undefined;
  }
  const match = CLIENT.exec(text);
  return match === null ? undefined : { remote: match[1], user: unlessDash(match[3]) };
}

function nanos(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, day, month, year, clock, fraction = '', zone] = match;
  const epochMillis = Date.parse(`${day} ${month} ${year} ${clock} ${zone}`);
  const there = new Date(Date.parse(`${day} ${month} ${year} ${clock} +0000`));
  if (!(epochMillis >= 0) || there.getUTCDate() !== Number(day) || !/^[A-Z][a-z]+$/.test(month ?? '')) {
    return undefined;
  }
  return BigInt(epochMillis) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function dashed(quoted: string | undefined): string | undefined {
  return quoted === undefined ? undefined : unlessDash(unescape(quoted));
}

function unlessDash(text: string | undefined): string | undefined {
  return text === '-' || text === '' || text === '""' ? undefined : text;
}

/** Byte by byte. */
function unescape(text: string): string {
  const bytes: number[] = [];
  for (let index = 0; index < text.length;) {
    const hex = /^\\x([0-9a-fA-F]{2})/.exec(text.slice(index, index + 4))?.[1];
    const letter = /^\\(["\\bnrtv])/.exec(text.slice(index, index + 2))?.[1];
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (letter !== undefined) bytes.push(...Buffer.from(LETTERS[letter] ?? letter));
    else bytes.push(...Buffer.from(character));
    index += hex === undefined ? (letter === undefined ? character.length : 2) : 4;
  }
  return Buffer.from(bytes).toString();
}
