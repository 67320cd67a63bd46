import { statSync } from 'node:fs';
import { type DatabaseSetting, GeoDatabase } from './geo-database';

/** A database as it was read. */
export interface OpenDatabase {
  readonly database: GeoDatabase;
  /** As `versionOf` had it just before, so that a change meanwhile is seen. */
  readonly version: string;
}

/** Opens databases, and the same file again only if it has changed: a reload of the configuration asks each time. */
export class GeoDatabases {
  #file = '';
  #version = '';
  /** Weak, so that a database goes when the last configuration does that uses it. */
  #database: WeakRef<GeoDatabase> | undefined;

  /** @throws ConfigError with one line for a file that is missing, or is no such database */
  open(file: string, setting: DatabaseSetting): OpenDatabase {
    const version = versionOf(file);
    const known = file === this.#file && version === this.#version ? this.#database?.deref() : undefined;
    if (known !== undefined) return { database: known, version };
    const database = GeoDatabase.open(file, setting);
    this.#file = file;
    this.#version = version;
    this.#database = new WeakRef(database);
    return { database, version };
  }
}

/** Changes whenever the file does; the error's code while it cannot be looked at. */
export function versionOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
