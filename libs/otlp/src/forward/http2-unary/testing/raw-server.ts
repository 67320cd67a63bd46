import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { FrameReader } from '../../../http2/frame-reader';
import { Flag, type Frame, FrameType, encodeFrame, encodeSettings } from '../../../http2/frames';
import { type HeaderField, encodeHeaderBlock } from '../../../http2/hpack/encode';

const PREFACE_BYTES = 24;
const MAX_FRAME_BYTES = 2 ** 24 - 1;

/** A server that sends what frames a test wants, and remembers what it got. One connection at a time. */
export class RawServer {
  readonly frames: Frame[] = [];
  connections = 0;
  /** Called with every frame but SETTINGS. */
  onFrame: (frame: Frame) => void = () => undefined;
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  #socket: Socket | undefined;

  constructor(private readonly settings: ReadonlyMap<number, number> = new Map()) {
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#socket = socket;
      socket.on('error', () => undefined);
      let skip = PREFACE_BYTES;
      const reader = new FrameReader((frame) => {
        const kept = { ...frame, payload: Buffer.from(frame.payload) };
        this.frames.push(kept);
        if (frame.type !== FrameType.SETTINGS) this.onFrame(kept);
        for (const wake of this.#waiting.splice(0)) wake();
        return true;
      }, MAX_FRAME_BYTES);
      socket.on('data', (chunk: Buffer) => {
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        reader.feed(chunk.subarray(skipped));
      });
      socket.write(encodeSettings(this.settings));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  /** The first frame for which this is true, once it has come. */
  async frame(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  send(type: number, flags: number, streamId: number, payload: Buffer | string = ''): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload;
    this.write(encodeFrame({ type, flags, streamId, payload: bytes }));
  }

  write(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  /** FIN, and no more. */
  end(): void {
    this.#socket?.end();
  }

  headers(streamId: number, fields: readonly HeaderField[], flags: number): void {
    this.send(FrameType.HEADERS, flags | Flag.END_HEADERS, streamId, encodeHeaderBlock(fields));
  }

  /** Headers, an empty message, trailers. */
  succeed(streamId: number): void {
    this.headers(streamId, HEADERS, 0);
    this.send(FrameType.DATA, 0, streamId, '0000000000');
    this.headers(streamId, TRAILERS, Flag.END_STREAM);
  }
}

export const HEADERS: readonly HeaderField[] = [
  { name: ':status', value: '200' },
  { name: 'content-type', value: 'application/grpc' },
];
export const TRAILERS: readonly HeaderField[] = [{ name: 'grpc-status', value: '0' }];
