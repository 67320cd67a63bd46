import { type Socket, connect } from 'node:net';
import { FrameReader } from '../../../http2/frame-reader';
import { Flag, type Frame, FrameType, encodeFrame, encodeSettings } from '../../../http2/frames';
import { type Headers, HeaderDecoder } from '../../../http2/hpack/decode';
import { type HeaderField, encodeHeaderBlock } from '../../../http2/hpack/encode';
import { PREFACE } from '../../../http2/preface';
import { EXPORT_PATHS } from '../../../signal';

const MAX_FRAME_BYTES = 2 ** 24 - 1;
const DEADLINE_MILLIS = 30_000;

export const REQUEST: readonly HeaderField[] = [
  { name: ':method', value: 'POST' },
  { name: ':scheme', value: 'http' },
  { name: ':path', value: EXPORT_PATHS.logs },
  { name: ':authority', value: 'x' },
  { name: 'content-type', value: 'application/grpc' },
];
/** The same, but for one. */
export const without = (name: string): HeaderField[] => REQUEST.filter((field) => field.name !== name);
/** gRPC's prefix, and no bytes after it. */
export const EMPTY_MESSAGE = Buffer.alloc(5);

/** A client that sends what frames a test wants, and remembers what it got. */
export class RawClient {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  isClosed = false;
  readonly #waiting = new Set<() => void>();
  readonly #headers = new HeaderDecoder(4096);
  readonly #decoded = new Map<Frame, Headers>();
  #pings = 0;

  private constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const reader = new FrameReader((frame) => {
      this.frames.push({ ...frame, payload: Buffer.from(frame.payload) });
      return true;
    }, MAX_FRAME_BYTES);
    this.socket.on('data', (chunk: Buffer) => {
      reader.feed(chunk);
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  /** Connects and says nothing. */
  static silent(port: number): RawClient {
    return new RawClient(port);
  }

  /** Connects and exchanges settings. */
  static open(port: number, settings: ReadonlyMap<number, number> = new Map()): RawClient {
    const client = new RawClient(port);
    client.write(PREFACE);
    client.write(encodeSettings(settings));
    client.send(FrameType.SETTINGS, Flag.ACK, 0);
    return client;
  }

  send(type: number, flags: number, streamId: number, payload: Buffer | string = ''): this {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload;
    return this.write(encodeFrame({ type, flags, streamId, payload: bytes }));
  }

  write(bytes: Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  headers(streamId: number, flags = 0, fields: readonly HeaderField[] = REQUEST): this {
    return this.send(FrameType.HEADERS, flags | Flag.END_HEADERS, streamId, encodeHeaderBlock(fields));
  }

  /** A whole good request. */
  request(streamId: number, message: Buffer = EMPTY_MESSAGE): this {
    return this.headers(streamId).send(FrameType.DATA, Flag.END_STREAM, streamId, message);
  }

  /** The first frame for which this is true, once it has come. */
  async frame(isWanted: (frame: Frame) => boolean): Promise<Frame> {
    const found = await this.#wait(() => this.frames.find(isWanted));
    if (found === undefined) throw new Error(`closed without it: ${isWanted.toString()}`);
    return found;
  }

  async closed(): Promise<void> {
    await this.#wait(() => (this.isClosed ? true : undefined));
  }

  /** The code of GOAWAY. */
  async goaway(): Promise<number> {
    return (await this.frame(({ type }) => type === FrameType.GOAWAY)).payload.readUInt32BE(4);
  }

  /** The code of RST_STREAM. */
  async reset(streamId: number): Promise<number> {
    const isWanted = (frame: Frame): boolean =>
      frame.type === FrameType.RST_STREAM && frame.streamId === streamId;
    return (await this.frame(isWanted)).payload.readUInt32BE(0);
  }

  /** What has been answered on a stream, once it has ended; undefined for a reset before that. */
  async answer(streamId: number): Promise<{ readonly headers: Headers; readonly message: Buffer }> {
    await this.frame(
      (frame) => frame.streamId === streamId && (frame.flags & Flag.END_STREAM) !== 0 && isContent(frame),
    );
    let headers: Headers = {};
    // Decoded in the order they came, whichever stream they are of.
    for (const frame of this.frames) {
      if (frame.type !== FrameType.HEADERS || this.#decoded.has(frame)) continue;
      const fields: Record<string, string> = {};
      this.#headers.decode(frame.payload, (name, value) => (fields[name] = value));
      this.#decoded.set(frame, fields);
    }
    for (const frame of this.frames) {
      if (frame.type === FrameType.HEADERS && frame.streamId === streamId) {
        headers = { ...headers, ...this.#decoded.get(frame) };
      }
    }
    return { headers, message: this.data(streamId) };
  }

  data(streamId: number): Buffer {
    return Buffer.concat(
      this.frames
        .filter((frame) => frame.type === FrameType.DATA && frame.streamId === streamId)
        .map(({ payload }) => payload),
    );
  }

  /** Resolves when all that was sent before has been looked at. */
  async settled(): Promise<void> {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE((this.#pings += 1));
    this.send(FrameType.PING, 0, 0, payload);
    await this.frame(
      ({ type, flags, payload: pong }) =>
        type === FrameType.PING && flags === Flag.ACK && pong.equals(payload),
    );
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Undefined if the connection is closed and it is still not there. */
  #wait<T>(look: () => T | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`waited in vain; got ${this.frames.map(describe).join(' ')}`));
      }, DEADLINE_MILLIS);
      const check = (): void => {
        const found = look();
        if (found === undefined && !this.isClosed) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }
}

function isContent({ type }: Frame): boolean {
  return type === FrameType.DATA || type === FrameType.HEADERS;
}

function describe({ type, flags, streamId, payload }: Frame): string {
  return `${type}/${flags}@${streamId}(${payload.subarray(0, 16).toString('hex')})`;
}
