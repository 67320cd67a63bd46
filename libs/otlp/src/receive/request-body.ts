import { OtlpError } from '../status/otlp-error';
import type { Holding } from './byte-budget';
import { type BodyLimits, CHUNK_OVERHEAD_BYTES, exhausted, tooLarge } from './body-limits';
import { ACCEPTED_ENCODINGS, type Compression, decompress, isCompression } from './decompress';

/** gRPC's length-prefixed message: 1 byte compressed flag, 4 bytes big-endian length, the message. */
const PREFIX_BYTES = 5;

/** Collects the one message of a unary request; every byte is paid for from the holding as it arrives. */
export class RequestBody {
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;
  #prefix: { readonly compressed: boolean; readonly messageBytes: number } | undefined;

  constructor(
    private readonly holding: Holding,
    private readonly limits: BodyLimits,
  ) {}

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Whether the message has all its bytes. */
  get complete(): boolean {
    return this.#prefix !== undefined && this.#receivedBytes >= PREFIX_BYTES + this.#prefix.messageBytes;
  }

  /** Throws OtlpError as soon as it is known that the request cannot be served. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#prefix === undefined) this.#readPrefix();
    if (!this.holding.take(chunk.length + CHUNK_OVERHEAD_BYTES)) throw exhausted(this.limits, this.holding);
    if (this.#prefix !== undefined && this.#receivedBytes > PREFIX_BYTES + this.#prefix.messageBytes) {
      throw new OtlpError('INVALID_ARGUMENT', 'bytes behind the message of a unary request');
    }
  }

  /** The message, decompressed. `encoding` is the request's grpc-encoding. */
  async finish(encoding: string): Promise<Buffer> {
    const prefix = this.#prefix;
    if (prefix === undefined || !this.complete) {
      throw new OtlpError('INVALID_ARGUMENT', `message ends after ${this.#receivedBytes} bytes`);
    }
    const chunks = this.#chunks;
    const only = chunks.length === 1 ? chunks[0] : undefined;
    const message = (only ?? Buffer.concat(chunks)).subarray(PREFIX_BYTES);
    this.holding.giveBack(chunks.length * CHUNK_OVERHEAD_BYTES);
    chunks.length = 0;
    if (!prefix.compressed) return message;
    if (isCompression(encoding)) return this.#decompress(encoding, message);
    throw new OtlpError(
      'UNIMPLEMENTED',
      `grpc-encoding ${encoding.slice(0, 50)} is not one of ${ACCEPTED_ENCODINGS}`,
    );
  }

  /** Lets go of what has been received. */
  discard(): void {
    this.#chunks.length = 0;
    this.holding.giveBack();
  }

  #readPrefix(): void {
    if (this.#receivedBytes < PREFIX_BYTES) return;
    const head = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    if (head === undefined) return;
    const flag = head.readUInt8(0);
    const messageBytes = head.readUInt32BE(1);
    if (flag > 1) throw new OtlpError('INVALID_ARGUMENT', `gRPC message flag ${flag}, expected 0 or 1`);
    if (messageBytes > this.limits.maxReceiveBytes) throw tooLarge(`message of ${messageBytes}`, this.limits);
    this.#prefix = { compressed: flag === 1, messageBytes };
  }

  async #decompress(compression: Compression, compressed: Buffer): Promise<Buffer> {
    const message = await decompress(compression, compressed, this.holding, this.limits);
    this.holding.giveBack(this.#receivedBytes);
    return message;
  }
}
