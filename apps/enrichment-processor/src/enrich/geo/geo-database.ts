import { readFileSync } from 'node:fs';
import { ConfigError, configProblem } from '@trace/runtime';
import { Reader } from 'mmdb-lib';

type GeoRecord = Readonly<Record<string, unknown>>;

/** The country database that ships; see NOTICE for whose it is. */
export const EMBEDDED_DATABASE =
  require.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb');

/** Addresses that every usable file is asked for, one a family: a damaged tree shows at once. */
const PROBES = ['1.1.1.1', '2606:4700:4700::1111'];

/** Where the configuration names the file, for messages. */
export interface DatabaseSetting {
  readonly file: string;
  readonly path: string;
}

/** A file in MaxMind DB format, all of it in memory. */
export class GeoDatabase {
  readonly #reader: Reader<GeoRecord>;

  private constructor(bytes: Buffer) {
    this.#reader = new Reader<GeoRecord>(bytes);
    for (const address of PROBES) this.find(address);
  }

  /** @throws ConfigError with one line for a file that is missing, or is no such database. */
  static open(file: string, setting: DatabaseSetting): GeoDatabase {
    const unusable = (reason: string): ConfigError =>
      new ConfigError([
        configProblem(setting.file, setting.path, file, `a file in MaxMind DB format (${reason})`),
      ]);
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch (cause) {
      throw unusable((cause as NodeJS.ErrnoException).code ?? String(cause));
    }
    try {
      return new GeoDatabase(bytes);
    } catch {
      throw unusable('not readable as one'); // the library's own words are about offsets
    }
  }

  /**
   * What the file says about an address; undefined where it says nothing.
   * @throws where the file is damaged at that place.
   */
  find(address: string): GeoRecord | undefined {
    const { ipVersion } = this.#reader.metadata;
    if (ipVersion === 4 && address.includes(':')) return undefined;
    return this.#reader.get(address) ?? undefined;
  }
}
