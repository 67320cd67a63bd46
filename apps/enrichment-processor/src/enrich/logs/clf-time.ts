import { unixNano } from './unix-nano';

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** dd/Mon/yyyy:hh:mm:ss, then perhaps a fraction of a second, then the zone. Sticky, fixed widths: linear. */
const CLF_TIME = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? ([+-])(\d\d)(\d\d)$/;

/**
 * The time of an access log line, `10/Oct/2000:13:55:36 -0700`, in nanoseconds since the epoch; undefined
 * where it is no time that exists, or none that OTLP can carry.
 */
export function parseClfTime(text: string): bigint | undefined {
  const match = CLF_TIME.exec(text);
  if (match === null) return undefined;
  const [, day, monthName = '', year, hour, minute, second, fraction = '', sign, zoneHours, zoneMinutes] =
    match;
  const month = MONTHS.indexOf(monthName);
  if (month % 3 !== 0) return undefined; // not found is -1
  const local = Date.UTC(Number(year), month / 3, Number(day), Number(hour), Number(minute), Number(second));
  const exists =
    new Date(local).getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    Number(zoneHours) < 24 &&
    Number(zoneMinutes) < 60;
  if (!exists) return undefined;
  const zoneMillis = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  const epochMillis = sign === '-' ? local + zoneMillis : local - zoneMillis;
  return unixNano(epochMillis, BigInt(fraction.padEnd(9, '0')));
}
