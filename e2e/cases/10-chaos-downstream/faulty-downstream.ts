import {
  type Http2Server,
  type Http2Session,
  type ServerHttp2Stream,
  constants,
  createServer,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { encodeBytesField, encodeVarintField } from '@trace/otlp';
import { readRequest } from './requests.ts';

const OK = { ':status': 200, 'content-type': 'application/grpc' };
const EMPTY_MESSAGE = Buffer.alloc(5);
const STALL_MILLIS = 1500;
const RETRY_AFTER_MILLIS = 200;

type Fault = (stream: ServerHttp2Stream, serve: () => void, socket: Socket) => void;

const refuse =
  (status: number, details?: Buffer): Fault =>
  (stream) => {
    const headers = { ...OK, 'grpc-status': String(status), 'grpc-message': 'chaos' };
    const withDetails = details && { 'grpc-status-details-bin': details.toString('base64') };
    stream.respond({ ...headers, ...withDetails }, { endStream: true });
  };
const reset =
  (code: number): Fault =>
  (stream) => {
    stream.close(code);
  };

/** google.rpc.Status {8, "chaos", [RetryInfo of 200 ms]} */
function retryInfo(): Buffer {
  const duration = encodeVarintField(2, RETRY_AFTER_MILLIS * 1_000_000);
  const any = Buffer.concat([
    encodeBytesField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    encodeBytesField(2, encodeBytesField(1, duration)),
  ]);
  return Buffer.concat([encodeVarintField(1, 8), encodeBytesField(2, 'chaos'), encodeBytesField(3, any)]);
}

/** Node throws at whoever answers a stream that has been reset. */
const isGone = ({ destroyed, closed }: ServerHttp2Stream): boolean => destroyed || closed;

/** What can go wrong with one request, by name. */
const FAULTS: Readonly<Record<string, Fault>> = {
  unavailable: refuse(14),
  exhausted: refuse(8),
  'exhausted, come back': refuse(8, retryInfo()),
  'never answered': () => undefined,
  'answered late': (_stream, serve) => {
    setTimeout(serve, STALL_MILLIS);
  },
  'reset INTERNAL_ERROR': reset(constants.NGHTTP2_INTERNAL_ERROR),
  'reset REFUSED_STREAM': reset(constants.NGHTTP2_REFUSED_STREAM),
  'reset NO_ERROR': reset(constants.NGHTTP2_NO_ERROR),
  'connection reset': (_stream, _serve, socket) => {
    socket.resetAndDestroy();
  },
  'connection closed': (stream) => stream.session?.destroy(),
  'half answered': (stream) => {
    stream.respond(OK);
    stream.write(EMPTY_MESSAGE.subarray(0, 3));
    setImmediate(() => stream.session?.destroy());
  },
  'told to go': (stream, serve) => {
    const { session } = stream;
    session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id ?? 0);
    serve();
    session?.close(); // without this, node keeps the socket of a client that has gone
  },
};

/** A peer that breaks every rule but the one that counts: what it answers with OK has arrived. */
export class FaultyDownstream {
  /** Requests that were answered with OK, and how often. */
  readonly arrived = new Map<number, number>();
  /** How often each fault was played. */
  readonly played = new Map<string, number>();
  /** The part of all requests that meet a fault. */
  faultRate = 0;
  readonly #server: Http2Server = createServer({ settings: { initialWindowSize: 1 << 20 } });
  readonly #sessions = new Map<Http2Session, Socket>();

  constructor(private readonly random: () => number) {
    let accepted: Socket;
    // What a session calls its socket is a proxy whose destroy() is the session's own. This comes just before 'session'.
    this.#server.prependListener('connection', (socket: Socket) => {
      accepted = socket;
    });
    this.#server.on('session', (session) => {
      this.#sessions.set(session, accepted);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => undefined);
    });
    this.#server.on('stream', (stream, { ':path': path = '' }) => {
      stream.on('error', () => undefined);
      this.#onStream(stream, path);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.#sessions.values()) socket.destroy();
    this.#server.close();
  }

  #onStream(stream: ServerHttp2Stream, path: string): void {
    const socket = stream.session && this.#sessions.get(stream.session);
    if (socket === undefined) return; // gone already
    const chunks: Buffer[] = [];
    const names = Object.keys(FAULTS);
    const name = this.random() < this.faultRate ? names[Math.floor(this.random() * names.length)] : undefined;
    // Half of the faults come before the body has been read.
    const early = this.random() < 0.5;
    const fail = (): void => {
      if (name === undefined || isGone(stream)) return;
      this.played.set(name, (this.played.get(name) ?? 0) + 1);
      FAULTS[name]?.(stream, serve, socket);
    };
    const serve = (): void => {
      if (isGone(stream)) return; // its connection went with another's fault
      stream.respond(OK, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        if (!isGone(stream)) stream.sendTrailers({ 'grpc-status': '0' });
      });
      stream.end(EMPTY_MESSAGE);
      const request = readRequest(path, Buffer.concat(chunks).subarray(5));
      this.arrived.set(request, (this.arrived.get(request) ?? 0) + 1);
    };
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    if (name !== undefined && early && name !== 'answered late' && name !== 'told to go') fail();
    else
      stream.on('end', () => {
        if (name === undefined) serve();
        else fail();
      });
  }
}
