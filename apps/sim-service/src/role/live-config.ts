import { unwatchFile, watchFile } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '@trace/runtime';
import type { Logger } from 'pino';
import type { Config } from '../config';

/** By looking, not by notification: a mounted ConfigMap is swapped by symbolic links, which notifications miss. */
const LOOK_EVERY_MILLIS = 1000;

/** Sections of which some part is taken into use while the role runs. */
const LIVE_SECTIONS: readonly string[] = [
  'logLevel',
  'faults',
  'payments',
  'consumer',
  'load',
] satisfies (keyof Config)[];

export interface ConfigFile {
  readonly file: string;
  readonly config: Config;
}

/** The configuration of a running role: log level, faults, rates and processing times follow the file. */
export class LiveConfig {
  private readonly listeners: ((config: Config) => void)[] = [];
  private readonly look = (): void => {
    this.reload();
  };

  constructor(
    private readonly started: ConfigFile,
    private readonly load: () => ConfigFile,
    private readonly logger: Logger,
  ) {}

  /** Calls the listener with each configuration that is taken into use from here on. */
  onChange(listener: (config: Config) => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    watchFile(this.started.file, { interval: LOOK_EVERY_MILLIS, persistent: false }, this.look);
  }

  stop(): void {
    unwatchFile(this.started.file, this.look);
  }

  /** Takes over what the file says now. With a mistake in it, what runs goes on as it is. */
  reload(): void {
    let config: Config;
    try {
      ({ config } = this.load());
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.logger.warn(
        { problems: error.message.split('\n') },
        'configuration not reloaded, the old one stays',
      );
      return;
    }
    this.logger.level = config.logLevel;
    for (const listener of this.listeners) listener(config);
    this.logger.info({ config: this.started.file }, 'configuration reloaded');
    const asleep = Object.keys(config).filter(
      (section) =>
        !LIVE_SECTIONS.includes(section) &&
        !isDeepStrictEqual(config[section as keyof Config], this.started.config[section as keyof Config]),
    );
    if (asleep.length > 0)
      this.logger.warn({ sections: asleep }, 'these changes take effect at the next start');
  }
}
