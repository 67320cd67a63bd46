import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AccessLine } from './access-line';
import type { LineSink, SinkEvents } from './line-sink';

/** Then it is moved to `.1`, where the Collector's file_log finds what it has not read yet. */
const MAX_FILE_BYTES = 100 * 1024 ** 2;
const MAX_WAITING_LINES = 100_000;

/** Appends lines to a file, for a reader such as the Collector's `file_log`; keeps one older file. */
export class FileSink implements LineSink {
  #writing: Promise<void>;
  #waitingCount = 0;

  constructor(
    private readonly path: string,
    private readonly events: SinkEvents,
  ) {
    // Where the folder cannot be made, neither can the file, and that is counted.
    this.#writing = mkdir(dirname(path), { recursive: true }).then(
      () => undefined,
      () => undefined,
    );
  }

  put(lines: readonly AccessLine[]): void {
    if (this.#waitingCount + lines.length > MAX_WAITING_LINES) {
      this.events.onDropped(lines.length, 'queue_full');
      return;
    }
    this.#waitingCount += lines.length;
    this.#writing = this.#writing.then(() => this.#append(lines));
  }

  flush(): Promise<void> {
    return this.#writing;
  }

  async #append(lines: readonly AccessLine[]): Promise<void> {
    try {
      const size = await stat(this.path).then(
        ({ size: bytes }) => bytes,
        () => 0,
      );
      if (size > MAX_FILE_BYTES) await rename(this.path, `${this.path}.1`);
      await appendFile(this.path, lines.map(({ text }) => `${text}\n`).join(''));
      this.events.onDelivered(lines.length);
    } catch {
      this.events.onDropped(lines.length, 'file');
    } finally {
      this.#waitingCount -= lines.length;
    }
  }
}
