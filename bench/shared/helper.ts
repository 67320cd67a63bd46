import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';

/** A program of the benchmark's own in another process, which answers by messages. */
export class Helper {
  readonly #child: ChildProcess;
  readonly #name: string;

  /** @param script its file */
  constructor(script: string, args: readonly string[] = []) {
    this.#name = basename(script);
    this.#child = fork(script, [...args], { execArgv: [] });
  }

  /** Its next message; with `question`, the answer to that. */
  async answer<T>(question?: string): Promise<T> {
    const ended = new AbortController();
    const gone = once(this.#child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`${this.#name} ended with ${String(code)}`);
    });
    gone.catch(() => undefined);
    const message = once(this.#child, 'message');
    if (question !== undefined) this.#child.send(question);
    try {
      return (await Promise.race([message, gone]))[0] as T;
    } finally {
      ended.abort();
    }
  }

  /** It ends when it sees its parent gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
