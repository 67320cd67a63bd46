import { ApiError } from './api-error';

const NEWLINE = 0x0a;

/** Cuts a stream into lines of bounded length, without looking at a byte twice. */
export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(private readonly maxLineBytes: number) {}

  /** The lines that this chunk completes, without their ends. @throws ApiError `too_large` */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const part = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (this.#pendingBytes + part.length > this.maxLineBytes) {
        throw new ApiError('too_large', `an object is larger than ${this.maxLineBytes} bytes`);
      }
      if (end < 0) {
        if (part.length > 0) this.#pending.push(part);
        this.#pendingBytes += part.length;
        return lines;
      }
      const line = this.#pending.length === 0 ? part : Buffer.concat([...this.#pending, part]);
      this.#pending = [];
      this.#pendingBytes = 0;
      if (line.length > 0) lines.push(line);
      start = end + 1;
    }
  }
}
