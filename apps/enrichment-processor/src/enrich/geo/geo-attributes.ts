import type { AttributeValue, Attributes, DoubleValue } from '@trace/otlp';
import { continentOf } from './continents';

/** One answer of a database: whatever the file holds. */
type GeoRecord = Readonly<Record<string, unknown>>;

const COUNTRY_CODE = /^[A-Z]{2}$/;
const REGION_CODE = /^[A-Z0-9]{1,3}$/;
const MAX_NAME_CHARACTERS = 256;

/**
 * `geo.*` from MaxMind's nested records (`country.iso_code`, `subdivisions[0].iso_code`, `city.names.en`,
 * `location.latitude` …) or ip-location-db's flat ones (`country_code`, `city`, `latitude` …). What a record lacks,
 * or has in another shape, is left out.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/geo/
 */
export function geoAttributes(record: GeoRecord): Attributes {
  const country = matching(COUNTRY_CODE, at(record, 'country', 'iso_code') ?? record.country_code);
  const region = matching(REGION_CODE, at(first(record.subdivisions), 'iso_code'));
  const continent = matching(COUNTRY_CODE, at(record, 'continent', 'code'));
  const city = name(at(record, 'city', 'names', 'en') ?? record.city);
  const latitude = degrees(at(record, 'location', 'latitude') ?? record.latitude, 90);
  const longitude = degrees(at(record, 'location', 'longitude') ?? record.longitude, 180);
  const isPlace = latitude !== undefined && longitude !== undefined;
  return present({
    'geo.continent.code': continent ?? (country && continentOf(country)),
    'geo.country.iso_code': country,
    // ISO 3166-2 has the country in front: `US-CA`; MaxMind has only what is behind it.
    'geo.region.iso_code': country && region && `${country}-${region}`,
    'geo.locality.name': city,
    'geo.location.lat': isPlace ? latitude : undefined,
    'geo.location.lon': isPlace ? longitude : undefined,
  });
}

function at(record: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as GeoRecord)[key] : undefined),
    record,
  );
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}

function matching(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARACTERS ? value : undefined;
}

/** WGS 84, north and east positive. */
function degrees(value: unknown, most: number): DoubleValue | undefined {
  return typeof value === 'number' && Math.abs(value) <= most ? { double: value } : undefined;
}

function present(values: Record<string, AttributeValue | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined),
  );
}
