import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isExecutable } from './installed.ts';
import type { Recipe } from './recipe.ts';

/** Where a cached program came from; kept beside it as built-from.json. */
export interface Provenance {
  readonly origin: 'download' | 'build' | 'packages';
  readonly detail: string;
}

/**
 * The per-user cache of one program: `<cache>/bin/<program>-<version>/<program>`. What is in it is complete:
 * a program is made in a folder of its own (`draft`) and then renamed into place.
 */
export class ProgramCache {
  readonly lockFile: string;
  private readonly directory: string;
  private readonly sumsFile: string;
  private readonly recipe: Recipe;
  private readonly platform: string;

  constructor(cacheDirectory: string, recipe: Recipe, platform: string) {
    this.recipe = recipe;
    this.platform = platform;
    this.directory = join(cacheDirectory, 'bin', `${recipe.name}-${recipe.version}`);
    this.lockFile = `${this.directory}.lock`;
    this.sumsFile = `${this.directory}.sha256.json`;
  }

  /** The program, if it was made from this very recipe. */
  find(): string | undefined {
    const record = readJson(join(this.directory, 'built-from.json'));
    const file = join(this.directory, this.executable);
    const current = record.recipe === this.recipe.hash && record.platform === this.platform;
    return current && isExecutable(file) ? file : undefined;
  }

  /** A new empty folder in which to make the program, on the same file system as the cache. */
  draft(): string {
    const draft = `${this.directory}.new.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    return draft;
  }

  /** Puts a finished draft into the program's place and returns the program's path. */
  adopt(draft: string, provenance: Provenance): string {
    const record = {
      recipe: this.recipe.hash,
      platform: this.platform,
      ...provenance,
      at: new Date().toISOString(),
    };
    writeFileSync(join(draft, 'built-from.json'), `${JSON.stringify(record, undefined, 2)}\n`);
    const old = `${this.directory}.old.${process.pid}`;
    if (existsSync(this.directory)) renameSync(this.directory, old);
    renameSync(draft, this.directory);
    rmSync(old, { recursive: true, force: true });
    return join(this.directory, this.executable);
  }

  /** Path of the program in its folder; a program that is kept with its tree lies deeper. */
  get executable(): string {
    const release = this.recipe.download[this.platform];
    return release?.tree === undefined ? this.recipe.name : release.member;
  }

  /** The hash that was taken from the release's checksum file when this file was first downloaded. */
  firstUseSum(fileName: string): string | undefined {
    return readJson(this.sumsFile)[fileName];
  }

  keepFirstUseSum(fileName: string, sha256: string): void {
    const sums = { ...readJson(this.sumsFile), [fileName]: sha256 };
    writeFileSync(`${this.sumsFile}.${process.pid}`, `${JSON.stringify(sums, undefined, 2)}\n`);
    renameSync(`${this.sumsFile}.${process.pid}`, this.sumsFile);
  }
}

function readJson(file: string): Record<string, string | undefined> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | undefined>;
  } catch {
    return {};
  }
}
