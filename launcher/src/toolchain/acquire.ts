import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { formatElapsed, type Clock } from '../clock.ts';
import { LauncherError, oneLine } from '../errors.ts';
import { isHolder, tryLock, type Lock } from '../state/lock.ts';
import { unpack } from './archive.ts';
import { buildProgram } from './build.ts';
import { ProgramCache } from './cache.ts';
import { findChecksum } from './checksums.ts';
import { unpackPackages } from './debian.ts';
import { downloadFile, downloadText, type DownloadLimits, type DownloadOptions } from './download.ts';
import { findInstalled } from './installed.ts';
import { copyArtifacts } from './maven.ts';
import type { Build, DebianPackages, MavenArtifacts, Recipe, Release } from './recipe.ts';

export interface AcquireContext {
  readonly binDirectory: string | undefined;
  readonly path: readonly string[];
  readonly cacheDirectory: string;
  readonly platform: string;
  /** Of Linux: `debian-12`. */
  readonly distribution: string | undefined;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly limits: DownloadLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Gets what is being done now, often. */
  readonly report: (detail: string) => void;
  /** Gets one line for each way that did not work while another is tried. */
  readonly warn: (line: string) => void;
}

/**
 * Has the outside programs one after the other, each from the first place that works: TRACE_BIN_DIR or PATH,
 * the cache, the release page, a build of the Go module, Debian's packages, Maven's repository. Keeps in mind that the network was found absent, so
 * that only one program waits for it.
 */
export class Toolchain {
  private networkFailure: string | undefined;
  private readonly context: AcquireContext;

  constructor(context: AcquireContext) {
    this.context = context;
  }

  /** The program's path. Throws a LauncherError with the reason of the last way that was tried. */
  async acquire(recipe: Recipe): Promise<string> {
    const { binDirectory, path, cacheDirectory, platform, environment, warn } = this.context;
    const installed = await findInstalled(recipe, { binDirectory, path, env: environment, warn });
    if (installed !== undefined) return installed;
    const cache = new ProgramCache(cacheDirectory, recipe, platform);
    const cached = cache.find();
    if (cached !== undefined) return cached;
    const lock = await this.lock(cache, recipe);
    try {
      // Another checkout may have made it while we waited.
      return cache.find() ?? (await this.make(recipe, cache));
    } finally {
      lock.release();
    }
  }

  private async lock(cache: ProgramCache, recipe: Recipe): Promise<Lock> {
    const { clock, signal, report } = this.context;
    for (;;) {
      const outcome = tryLock(cache.lockFile);
      if (!isHolder(outcome)) return outcome;
      report(`waits for process ${outcome.pid}, which is making ${recipe.name}`);
      await clock.wait(500, signal);
      if (signal.aborted) throw new LauncherError('aborted', 'stopped');
    }
  }

  private async make(recipe: Recipe, cache: ProgramCache): Promise<string> {
    const draft = cache.draft();
    try {
      const downloaded = await this.tryDownload(recipe, cache, draft);
      if (downloaded !== undefined) return downloaded;
      const { build, debian, maven } = recipe;
      if (build !== undefined) return await this.build(recipe, build, cache, draft);
      if (debian !== undefined) return await this.unpackPackages(recipe, debian, cache, draft);
      if (maven !== undefined) return await this.copyArtifacts(recipe, maven, cache, draft);
      throw new LauncherError(
        'network',
        `it is only downloaded, and ${this.networkFailure ?? `has no release for ${this.context.platform}`}`,
      );
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }

  private async build(recipe: Recipe, build: Build, cache: ProgramCache, draft: string): Promise<string> {
    const { environment, signal, report } = this.context;
    const typical = formatElapsed(build.typicalSeconds * 1000);
    const buildReport = (detail: string): void => {
      report(`builds from its Go module (about ${typical} on 2 cores), ${detail}`);
    };
    buildReport('starting');
    await buildProgram(recipe, build, draft, { env: environment, signal, report: buildReport });
    return cache.adopt(draft, { origin: 'build', detail: build.package });
  }

  private async unpackPackages(
    recipe: Recipe,
    packages: DebianPackages,
    cache: ProgramCache,
    draft: string,
  ): Promise<string> {
    const { environment, distribution, signal, report } = this.context;
    const options = { env: environment, distribution, signal, report };
    const detail = await unpackPackages(recipe, packages, draft, options);
    return cache.adopt(draft, { origin: 'packages', detail });
  }

  private async copyArtifacts(
    recipe: Recipe,
    maven: MavenArtifacts,
    cache: ProgramCache,
    draft: string,
  ): Promise<string> {
    const { environment, signal, report } = this.context;
    const detail = await copyArtifacts(recipe, maven, draft, { env: environment, signal, report });
    return cache.adopt(draft, { origin: 'packages', detail });
  }

  /** Undefined if the download did not work and a build may; throws if nothing else can be tried. */
  private async tryDownload(recipe: Recipe, cache: ProgramCache, draft: string): Promise<string | undefined> {
    const release = recipe.download[this.context.platform];
    if (release === undefined || this.networkFailure !== undefined) return undefined;
    try {
      return await this.download(recipe, release, cache, draft);
    } catch (error) {
      if (!(error instanceof LauncherError) || error.code === 'aborted') throw error;
      if (error.code === 'network') this.networkFailure = error.message;
      if (recipe.build === undefined) throw error;
      this.context.warn(
        `${recipe.name} ${recipe.version} cannot be downloaded: ${oneLine(error)}; it is built instead`,
      );
      return undefined;
    }
  }

  private async download(
    recipe: Recipe,
    release: Release,
    cache: ProgramCache,
    draft: string,
  ): Promise<string> {
    const { limits, signal, report, environment } = this.context;
    const fileName = basename(new URL(release.url).pathname);
    const onProgress = (received: number, total: number | undefined): void => {
      const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(0);
      report(
        `downloads ${fileName}: ${megabytes(received)}${total === undefined ? '' : ` of ${megabytes(total)}`} MB`,
      );
    };
    const options: DownloadOptions = { limits, signal, onProgress };
    report(`looks for ${fileName}`);
    const expected = await this.expectedSum(release, fileName, cache, {
      ...options,
      onProgress: () => undefined,
    });
    const archive = join(draft, fileName);
    const actual = await downloadFile(release.url, archive, options);
    if (actual !== expected) {
      throw new LauncherError(
        'checksum',
        `${fileName} has SHA-256 ${actual.slice(0, 12)}…, expected ${expected.slice(0, 12)}…`,
      );
    }
    if (release.sha256 === 'first-use') cache.keepFirstUseSum(fileName, actual);
    await unpack(archive, release, { directory: draft, executable: cache.executable }, environment);
    rmSync(archive);
    rmSync(`${archive}.unpacked`, { recursive: true, force: true });
    return cache.adopt(draft, { origin: 'download', detail: `${release.url} sha256:${actual}` });
  }

  private async expectedSum(
    release: Release,
    fileName: string,
    cache: ProgramCache,
    options: DownloadOptions,
  ): Promise<string> {
    if (release.sha256 !== 'first-use') return release.sha256;
    const kept = cache.firstUseSum(fileName);
    if (kept !== undefined) return kept;
    const sum = findChecksum(await downloadText(release.checksums, options), fileName);
    if (sum === undefined)
      throw new LauncherError('checksum', `${release.checksums} does not list ${fileName}`);
    return sum;
  }
}
