import type { ServerResponse } from 'node:http';

/** What a response sends, counted, and kept up to a limit if it is wanted. */
export class ResponseBody {
  private readonly chunks: Buffer[] = [];
  private sentBytes = 0;

  /** Watches `write` and `end` from here on. @param keptBytes more than this is not kept */
  constructor(
    response: ServerResponse,
    private readonly keptBytes: number,
  ) {
    const write = response.write.bind(response) as (...args: unknown[]) => boolean;
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    response.write = (...args: unknown[]): boolean => {
      this.take(args);
      return write(...args);
    };
    response.end = (...args: unknown[]): ServerResponse => {
      this.take(args);
      return end(...args);
    };
  }

  get bytes(): number {
    return this.sentBytes;
  }

  /** Undefined when it was longer than what is kept. */
  get text(): string | undefined {
    return this.sentBytes > this.keptBytes ? undefined : Buffer.concat(this.chunks).toString('utf8');
  }

  private take([chunk, encoding]: readonly unknown[]): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, Buffer.isEncoding(String(encoding)) ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.sentBytes += bytes.length;
    if (this.sentBytes <= this.keptBytes) this.chunks.push(bytes);
    else this.chunks.length = 0;
  }
}
