import { existsSync, renameSync } from 'node:fs';
import type { Program } from '@trace/runtime';
import type { Change, DurableState, Snapshot, Standing, StateOwner } from '../durable-state';
import { errorLine, isUnreadable } from './sqlite-error';
import { SqliteStore } from './sqlite-store';

export interface SqliteStateOptions {
  readonly file: string;
  readonly maxFinishedNotifications: number;
}

const NOTHING: Snapshot = { alerts: [], notifications: [] };

/**
 * The state in a file. When that cannot be written (a full disk, say) the program goes on in memory, and `retry`
 * writes everything once that works again. A file that cannot be read is moved aside.
 */
export class SqliteState implements DurableState {
  #store: SqliteStore | undefined;
  #hasLoaded = false;
  #isBehind = false;

  constructor(
    private readonly options: SqliteStateOptions,
    private readonly logger: Program['logger'],
    private readonly owner: StateOwner,
  ) {}

  /** The file lacks something that happened. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  get standing(): Standing {
    return this.#isBehind ? 'in memory only, trying again' : 'stored';
  }

  /** Opens the file and restores what is in it. */
  start(): void {
    this.#guard(() => {
      this.#open();
    });
  }

  write(change: Change): void {
    // While behind, single changes are of no use: `retry` writes the whole.
    if (this.#isBehind) return;
    const begun = performance.now();
    this.#guard(() => {
      this.#store?.write(change);
      this.owner.onWritten((performance.now() - begun) / 1000);
    });
  }

  /** Writes to the file; says what is wrong if it cannot be written, or is behind. */
  probe(): string | undefined {
    this.#guard(() => {
      this.#store?.probe();
    });
    return this.#isBehind ? 'the state file cannot be written' : undefined;
  }

  /** Does nothing unless the file is behind. */
  retry(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#guard(() => {
      if (this.#store === undefined) this.#open();
      this.#store?.replace(this.owner.snapshot());
      this.logger.info({ file: this.options.file }, 'the state file is up to date again');
    }, true);
  }

  close(): void {
    this.retry();
    this.#store?.close();
    this.#store = undefined;
  }

  #open(): void {
    const { file, maxFinishedNotifications } = this.options;
    const store = new SqliteStore(file, maxFinishedNotifications);
    try {
      const snapshot = this.#hasLoaded ? NOTHING : store.load();
      this.#store = store;
      this.owner.restore(snapshot);
      this.#hasLoaded = true;
    } catch (error) {
      this.#store = undefined;
      store.close();
      throw error;
    }
  }

  /** Runs an action on the file; on failure the file is behind. Logs only the first failure of a row. */
  #guard(action: () => void, isRepeat = false): void {
    try {
      action();
    } catch (error) {
      this.#isBehind = true;
      this.owner.onWriteError();
      if (isUnreadable(error)) this.#moveAside(error);
      else if (!isRepeat) {
        const message = `cannot use the state file, going on in memory and trying again: ${errorLine(error)}`;
        this.logger.error({ file: this.options.file }, message);
      }
    }
  }

  #moveAside(error: unknown): void {
    const { file } = this.options;
    this.#store?.close();
    this.#store = undefined;
    // There is nothing in it to restore.
    this.#hasLoaded = true;
    const aside = `${file}.unreadable-${new Date().toISOString().replaceAll(':', '')}`;
    try {
      for (const suffix of ['', '-wal', '-shm']) {
        if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
      }
    } catch (cause) {
      this.logger.error({ file }, `cannot move the unreadable state file aside: ${errorLine(cause)}`);
      return;
    }
    this.logger.error({ file, aside }, `the state file cannot be read, moved aside: ${errorLine(error)}`);
    this.retry();
  }
}
