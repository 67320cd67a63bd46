import { isDeepStrictEqual } from 'node:util';
import { WatchedFiles } from '@trace/otlp';
import type { Program } from '@trace/runtime';
import type { LoadedConfig } from '../config';

export interface ReloaderOptions {
  /** Reads the configuration anew; throws ConfigError. */
  readonly load: () => LoadedConfig;
  /** Takes it into use; throws, and then everything stays as it was. */
  readonly apply: (loaded: LoadedConfig) => void;
  /** What came of it. */
  readonly onReload: (succeeded: boolean) => void;
  readonly logger: Program['logger'];
}

/**
 * Takes a changed configuration file or catalogue into use while the program runs. A mistake in one leaves
 * everything as it is, and is said in the log, a line for each problem.
 */
export class Reloader {
  #watch: WatchedFiles<'config' | 'catalogue'> | undefined;
  #watchedCatalogue = '';
  #isStopped = false;

  /** @param started what runs: most sections are only read at the start */
  constructor(
    private readonly started: LoadedConfig,
    private readonly options: ReloaderOptions,
  ) {}

  start(): void {
    this.#watchFiles(this.started);
  }

  stop(): void {
    this.#isStopped = true;
    this.#watch?.stop();
  }

  /** Also on SIGHUP: at once, for whoever asks has written all of it. */
  reload(): void {
    if (this.#isStopped) return;
    const { load, apply, onReload, logger } = this.options;
    let loaded: LoadedConfig;
    try {
      loaded = load();
      apply(loaded);
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    onReload(true);
    logger.info({ config: loaded.file }, 'configuration reloaded');
    const asleep = needsRestart(this.started, loaded);
    if (asleep.length > 0) logger.warn({ sections: asleep }, 'these changes take effect at the next start');
    if (loaded.catalogueFile !== this.#watchedCatalogue) this.#follow(loaded);
  }

  #follow(loaded: LoadedConfig): void {
    try {
      this.#watchFiles(loaded);
    } catch (error) {
      // In use it is; the next reload tries again to watch it.
      this.options.logger.warn(
        { err: error },
        'changes of the catalogue are not noticed until the next reload',
      );
    }
  }

  /** Throws if a file cannot be read, and then the watch before goes on. */
  #watchFiles({ file, catalogueFile }: LoadedConfig): void {
    const watch = new WatchedFiles(
      { config: file, catalogue: catalogueFile },
      () => undefined,
      (error) => {
        if (error === undefined) this.reload();
        else this.#refuse(error);
      },
    );
    watch.start(this.started.config.reload.interval);
    this.#watch?.stop();
    this.#watch = watch;
    this.#watchedCatalogue = catalogueFile;
  }

  #refuse(thrown: unknown): void {
    const { onReload, logger } = this.options;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    for (const problem of message.split('\n')) logger.error({ problem }, 'configuration not reloaded');
    onReload(false);
  }
}

/** The sections that are only read at the start and differ now. */
function needsRestart({ config: before }: LoadedConfig, { config: after }: LoadedConfig): string[] {
  const sections = ['http', 'workers', 'receive', 'forward', 'shutdown', 'reload'] as const;
  const changed: string[] = sections.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  return isDeepStrictEqual(before.enrich.kubernetes, after.enrich.kubernetes)
    ? changed
    : [...changed, 'enrich.kubernetes'];
}
