import { dirname, resolve } from 'node:path';
import type { GeoConfig } from './geo-config';
import { EMBEDDED_DATABASE, type GeoDatabase } from './geo-database';
import { type GeoDatabases, type OpenDatabase, versionOf } from './geo-databases';
import { GeoRule, type OnLookup } from './geo-rule';

export interface GeoEvents {
  readonly onLookup: OnLookup;
  /** The file has changed; with an error, which says why in one line, the old database stays in use. */
  onReload(error?: Error): void;
}

const LOOK_EVERY_MILLIS = 5000;

/** The database and the rule that asks it. A file that changes is read again. */
export class GeoSource {
  readonly rule: GeoRule;
  /** The file in use, or to be used. */
  readonly file: string;
  #database: GeoDatabase;
  #version: string;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param configFile the file that the configuration is from: for messages, and paths are relative to it
   * @param databases those of the configuration before, which may be the same
   * @throws ConfigError for a database that is missing or is none
   */
  constructor(
    config: GeoConfig,
    private readonly configFile: string,
    private readonly databases: GeoDatabases,
    private readonly events: GeoEvents,
  ) {
    this.file =
      config.database === undefined ? EMBEDDED_DATABASE : resolve(dirname(configFile), config.database);
    ({ database: this.#database, version: this.#version } = this.#open());
    this.rule = new GeoRule(config, (address) => this.#database.find(address), events.onLookup);
  }

  /** Looks at the file every few seconds: that also sees a file that was swapped, as Kubernetes does. */
  start(): void {
    if (this.file === EMBEDDED_DATABASE) return;
    this.#timer = setInterval(() => {
      this.reloadIfChanged();
    }, LOOK_EVERY_MILLIS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the file again if it is another than last time. One that cannot be used is reported once. */
  reloadIfChanged(): void {
    const version = versionOf(this.file);
    if (version === this.#version) return;
    this.#version = version;
    try {
      ({ database: this.#database, version: this.#version } = this.#open());
    } catch (error) {
      this.events.onReload(error as Error);
      return;
    }
    this.rule.forget();
    this.events.onReload();
  }

  #open(): OpenDatabase {
    return this.databases.open(this.file, { file: this.configFile, path: 'enrich.geo.database' });
  }
}
