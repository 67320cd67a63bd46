import { readFileSync } from 'node:fs';

const RELOAD_INTERVAL_MILLIS = 10_000;

type Contents<Name extends string> = Readonly<Record<Name, Buffer>>;

/**
 * The contents of a few small files that others replace while the program runs (certificates, tokens). They are
 * read again every interval: a mounted Kubernetes secret is swapped by symbolic links, which file watchers miss.
 * Contents count when they are the same at two looks: half a file may be as valid as the whole of it.
 */
export class WatchedFiles<Name extends string> {
  #contents: Contents<Name> | undefined;
  #seen: Contents<Name> | undefined;
  #failure: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param apply takes contents into use; it may throw, and then the earlier ones stay in use.
   * @param onReload what came of contents that differ from those before; an Error is reported once.
   */
  constructor(
    private readonly paths: Readonly<Record<Name, string>>,
    private readonly apply: (contents: Contents<Name>) => void,
    private readonly onReload: (error?: Error) => void,
  ) {}

  /** Reads and applies once; throws if that cannot be done. Then looks again every `intervalMillis`. */
  start(intervalMillis = RELOAD_INTERVAL_MILLIS): void {
    const contents = this.#read();
    this.apply(contents);
    this.#contents = contents;
    this.#timer = setInterval(() => {
      this.#look();
    }, intervalMillis).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    try {
      const contents = this.#read();
      const isSettled = this.#areEqual(contents, this.#seen);
      this.#seen = contents;
      if (this.#areEqual(contents, this.#contents)) {
        this.#failure = undefined;
        return;
      }
      if (!isSettled) return;
      this.apply(contents);
      this.#contents = contents;
      this.#failure = undefined;
      this.onReload();
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (error.message === this.#failure) return;
      this.#failure = error.message;
      this.onReload(error);
    }
  }

  #names(): Name[] {
    return Object.keys(this.paths) as Name[];
  }

  #read(): Record<Name, Buffer> {
    const entries = this.#names().map((name) => [name, readFileSync(this.paths[name])]);
    return Object.fromEntries(entries) as Record<Name, Buffer>;
  }

  #areEqual(contents: Contents<Name>, other: Contents<Name> | undefined): boolean {
    return this.#names().every((name) => other?.[name].equals(contents[name]));
  }
}
