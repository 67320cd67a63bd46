import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attributes, RecordView } from '@trace/otlp';
import { geoSchema } from './geo-config';
import { EMBEDDED_DATABASE } from './geo-database';
import { GeoDatabases } from './geo-databases';
import { GeoSource } from './geo-source';
import { testDatabase } from './testing/test-database';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trace-geo-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

function open(
  database?: string,
  databases = new GeoDatabases(),
): { source: GeoSource; reloads: (string | undefined)[] } {
  const reloads: (string | undefined)[] = [];
  const source = new GeoSource(geoSchema.parse({ database }), at('enrichment-processor.yaml'), databases, {
    onLookup: () => undefined,
    onReload: (error) => reloads.push(error?.message),
  });
  return { source, reloads };
}

function lookUp(source: GeoSource, address: string): Attributes | undefined {
  const view: RecordView = { get: () => address, resource: () => undefined, body: () => undefined };
  return source.rule.derive(view)?.attributes;
}

describe('GeoSource', () => {
  it.each([
    ['8.8.8.8', 'US', 'NA'],
    ['193.0.6.139', 'NL', 'EU'],
    ['200.160.2.3', 'BR', 'SA'],
    ['2001:4860:4860::8888', 'US', 'NA'],
    ['240e::1', 'CN', 'AS'],
    ['::ffff:193.0.6.139', 'NL', 'EU'],
  ])('places %s in %s, %s by the database that ships', (address, country, continent) => {
    expect(lookUp(open().source, address)).toEqual({
      'geo.continent.code': continent,
      'geo.country.iso_code': country,
    });
  });

  it('reads a city database', () => {
    const record = {
      city: { names: { en: 'Milton' } },
      continent: { code: 'NA' },
      country: { iso_code: 'US' },
      location: { latitude: 47.2513, longitude: -122 },
      subdivisions: [{ iso_code: 'WA' }],
    };
    writeFileSync(at('city.mmdb'), testDatabase(record));
    expect(lookUp(open('city.mmdb').source, '216.160.83.56')).toEqual({
      'geo.continent.code': 'NA',
      'geo.country.iso_code': 'US',
      'geo.region.iso_code': 'US-WA',
      'geo.locality.name': 'Milton',
      'geo.location.lat': { double: 47.2513 },
      'geo.location.lon': { double: -122 },
    });
  });

  it('finds nothing for IPv6 in a database of IPv4', () => {
    writeFileSync(at('v4.mmdb'), testDatabase({ country_code: 'DE' }, 4));
    const { source } = open('v4.mmdb');
    expect(lookUp(source, '8.8.8.8')).toMatchObject({ 'geo.country.iso_code': 'DE' });
    expect(lookUp(source, '240e::1')).toBeUndefined();
  });

  it('reads a file that is named relative to the configuration, and again when it was exchanged', () => {
    writeFileSync(at('geo.mmdb'), testDatabase({ country_code: 'DE' }));
    const { source, reloads } = open('geo.mmdb');
    expect(lookUp(source, '8.8.8.8')).toMatchObject({ 'geo.country.iso_code': 'DE' });
    source.reloadIfChanged();
    expect(reloads).toEqual([]);
    writeFileSync(at('new.mmdb'), testDatabase({ country_code: 'FR' }));
    renameSync(at('new.mmdb'), at('geo.mmdb'));
    source.reloadIfChanged();
    expect(reloads).toEqual([undefined]);
    expect(lookUp(source, '8.8.8.8')).toMatchObject({ 'geo.country.iso_code': 'FR' });
  });

  it('does not read a file again for a new configuration, unless it is another one', () => {
    /** As many bytes in the same file at the same time: the same for whoever does not read it. */
    const write = (file: string, country: string): void => {
      writeFileSync(at(file), testDatabase({ country_code: country }));
      utimesSync(at(file), 1_700_000_000, 1_700_000_000);
    };
    const databases = new GeoDatabases();
    const countryOf = (source: GeoSource): unknown => lookUp(source, '8.8.8.8')?.['geo.country.iso_code'];
    write('a.mmdb', 'DE');
    const first = open('a.mmdb', databases).source;
    write('a.mmdb', 'FR');
    const second = open('a.mmdb', databases).source;
    expect([countryOf(first), countryOf(second)]).toEqual(['DE', 'DE']);
    utimesSync(at('a.mmdb'), 1_700_000_000, 1_700_000_001);
    expect(countryOf(open('a.mmdb', databases).source)).toBe('FR');
    write('b.mmdb', 'BR');
    expect(countryOf(open('b.mmdb', databases).source)).toBe('BR');
    expect(countryOf(first)).toBe('DE');
  });

  it('looks at the file by itself once started', () => {
    jest.useFakeTimers();
    try {
      writeFileSync(at('geo.mmdb'), testDatabase({ country_code: 'DE' }));
      const { source, reloads } = open('geo.mmdb');
      source.start();
      writeFileSync(at('geo.mmdb'), testDatabase({ country_code: 'FR', city: 'Paris' }));
      jest.advanceTimersByTime(5000);
      source.stop();
      rmSync(at('geo.mmdb'));
      jest.advanceTimersByTime(60_000);
      expect(reloads).toEqual([undefined]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('keeps the old database when the new one is none, and says so once', () => {
    writeFileSync(at('geo.mmdb'), testDatabase({ country_code: 'DE' }));
    const { source, reloads } = open('geo.mmdb');
    writeFileSync(at('geo.mmdb'), 'half');
    source.reloadIfChanged();
    source.reloadIfChanged();
    expect(reloads).toEqual([expect.stringContaining('a file in MaxMind DB format (not readable as one)')]);
    rmSync(at('geo.mmdb'));
    source.reloadIfChanged();
    expect(reloads).toEqual([expect.anything(), expect.stringContaining('ENOENT')]);
    expect(lookUp(source, '8.8.8.8')).toMatchObject({ 'geo.country.iso_code': 'DE' });
  });

  it.each<[string, (file: string) => void, string]>([
    ['missing', () => undefined, 'ENOENT'],
    [
      'empty',
      (file) => {
        writeFileSync(file, '');
      },
      'not readable as one',
    ],
    [
      'text',
      (file) => {
        writeFileSync(file, 'country,US\n'.repeat(100));
      },
      'not readable as one',
    ],
    [
      'cut short',
      (file) => {
        copyFileSync(EMBEDDED_DATABASE, file);
        truncateSync(file, 1_000_000);
      },
      'not readable as one',
    ],
    [
      'cut at the front',
      (file) => {
        writeFileSync(file, readFileSync(EMBEDDED_DATABASE).subarray(5_000_000));
      },
      'not readable as one',
    ],
  ])('says in one line that a file is %s', (_, make, reason) => {
    make(at('geo.mmdb'));
    expect(() => open('geo.mmdb')).toThrow(
      `${at('enrichment-processor.yaml')}: enrich.geo.database: got "${at('geo.mmdb')}", ` +
        `expected a file in MaxMind DB format (${reason})`,
    );
  });
});
