import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const maxRecentLines = 40;

/**
 * A program's output on disk: `<program>.log` and one older `<program>.log.1`, together at most twice
 * `maxBytes`. Keeps the last lines in memory too, to explain the program's end. A disk that is full costs the
 * log, never the program: what cannot be written is counted.
 */
export class LogFile {
  readonly path: string;
  unwrittenBytes = 0;
  private readonly maxBytes: number;
  private descriptor: number | undefined;
  private sizeBytes = 0;
  private recent: string[] = [];
  private partial = '';

  constructor(path: string, maxBytes = 10 * 1024 * 1024) {
    this.path = path;
    this.maxBytes = maxBytes;
  }

  write(chunk: Buffer): void {
    this.remember(chunk.toString('utf8'));
    try {
      if (this.descriptor !== undefined && this.sizeBytes + chunk.length > this.maxBytes) this.rotate();
      this.descriptor ??= this.open();
      writeSync(this.descriptor, chunk);
      this.sizeBytes += chunk.length;
    } catch {
      this.unwrittenBytes += chunk.length;
    }
  }

  /** The last lines of the current run. */
  recentLines(): readonly string[] {
    return this.partial === '' ? this.recent : [...this.recent, this.partial];
  }

  /** Forgets the lines of the run before. */
  startRun(): void {
    this.recent = [];
    this.partial = '';
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private open(): number {
    mkdirSync(dirname(this.path), { recursive: true });
    const descriptor = openSync(this.path, 'a');
    this.sizeBytes = fstatSync(descriptor).size;
    return descriptor;
  }

  private rotate(): void {
    this.close();
    renameSync(this.path, `${this.path}.1`);
  }

  private remember(text: string): void {
    const lines = (this.partial + text).split('\n');
    this.partial = (lines.pop() ?? '').slice(-4096);
    this.recent = [...this.recent, ...lines].slice(-maxRecentLines);
  }
}
