import type { Socket } from 'node:net';
import { BodySender } from '../../http2/body-sender';
import { ErrorCode } from '../../http2/error-code';
import { FrameSocket } from '../../http2/frame-socket';
import { ConnectionError, FrameType, encodeFrame, encodeNumbers } from '../../http2/frames';
import type { Session } from '../connection';
import { ClientFrames } from './client-frames';
import { ClientPreface } from './client-preface';
import { greeting } from './greeting';
import { RequestBlocks } from './request-blocks';
import type { RequestHead } from './request-head';
import { ResetLimit } from './reset-limit';
import { ServerStream, type StreamHost } from './server-stream';
import { ServerStreams } from './server-streams';

const PING_BYTES = 8;
/** A client that has been told that this is the end, and has all its answers, has this long to close its side. */
const CLOSE_MILLIS = 1000;

export interface ServerConnectionEvents {
  /** A request has come as far as its headers. */
  onRequest(stream: ServerStream, head: RequestHead): void;
  onStreamEnd(stream: ServerStream): void;
  /** The client has sent what makes work and brings no request on. */
  onControlFrame(): void;
  /** The client has broken the rules, or its connection broke. */
  onError(error: Error): void;
  /** Once; every stream has been told. */
  onClose(): void;
}

/** An HTTP/2 server's side of one connection, for unary calls: RFC 9113 without what they do not need. */
export class ServerConnection implements Session, StreamHost {
  readonly #socket: FrameSocket;
  readonly #sender: BodySender<ServerStream>;
  readonly #streams = new ServerStreams();
  readonly #resets = new ResetLimit();
  /** The last that is served, for GOAWAY, which may not say more later than it has before. */
  #servedId = 0;
  #onPong: (() => void) | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #state: 'open' | 'closing' | 'gone' = 'open';

  constructor(
    socket: Socket,
    maxConcurrentStreams: number,
    private readonly events: ServerConnectionEvents,
  ) {
    this.#socket = new FrameSocket(socket, {
      onFrame: (frame) => {
        frames.take(frame);
        // One that does not read its answers is not given more of them.
        return this.#state !== 'gone' && !this.#socket.isBacklogged;
      },
      onDrain: () => {
        this.#sender.resume();
      },
      onError: (error) => {
        this.#break(error);
      },
      onClose: () => {
        this.#lose();
      },
    });
    this.#sender = new BodySender(this.#socket, (stream) => {
      stream.onSent();
    });
    const onControlFrame = (): void => {
      events.onControlFrame();
    };
    const onStreamError = (stream: ServerStream, code: number): void => {
      this.#resets.count();
      this.reset(stream, code);
    };
    const requests = new RequestBlocks(this.#streams, maxConcurrentStreams, {
      onRequest: (...request) => this.#onRequest(...request),
      onRefused: (...refused) => {
        this.#onRefused(...refused);
      },
      onStreamError,
      onControlFrame,
    });
    const frames = new ClientFrames(this.#socket, this.#streams, this.#sender, {
      onHeaders: (...block) => {
        requests.take(...block);
      },
      onReset: (stream) => {
        this.#resets.count();
        this.#end(stream);
      },
      onStreamError,
      onPong: () => {
        this.#onPong?.();
      },
      onGoaway: () => {
        this.close();
      },
      onControlFrame,
    });
    this.#socket.write(greeting(maxConcurrentStreams));
    const preface = new ClientPreface();
    socket.on('data', (chunk: Buffer) => {
      this.#read(preface, chunk);
    });
  }

  get isClosed(): boolean {
    return this.#state !== 'open';
  }

  /** Section 6.8. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#writeGoaway(ErrorCode.NO_ERROR);
    this.#closeIfIdle();
  }

  destroy(): void {
    // A request that is on its way can then be made elsewhere; with no word it would have failed.
    if (this.#state === 'open') this.#writeGoaway(ErrorCode.NO_ERROR);
    this.#socket.flush();
    this.#socket.destroy();
    this.#lose();
  }

  ping(onAnswer: () => void): void {
    this.#onPong = onAnswer;
    const payload = Buffer.alloc(PING_BYTES);
    this.#socket.write(encodeFrame({ type: FrameType.PING, flags: 0, streamId: 0, payload }));
  }

  writeHeaders(streamId: number, block: Buffer, endStream: boolean): void {
    this.#sender.writeHeaders(streamId, block, endStream);
  }

  send(stream: ServerStream): void {
    this.#sender.begin(stream);
  }

  reset(stream: ServerStream, code: number): void {
    this.#socket.write(encodeNumbers(FrameType.RST_STREAM, stream.id, code));
    this.#streams.remember(stream.id);
    this.#end(stream);
  }

  onEnd(stream: ServerStream): void {
    this.#end(stream);
  }

  #read(preface: ClientPreface, chunk: Buffer): void {
    if (this.#state === 'gone') return;
    try {
      const rest = preface.take(chunk);
      if (rest.length > 0) this.#socket.read(rest);
    } catch (error) {
      this.#break(error as Error);
    }
  }

  #onRequest(streamId: number, head: RequestHead): ServerStream | undefined {
    if (this.#state !== 'open') return undefined; // GOAWAY has said that it is not served; section 6.8
    this.#servedId = streamId;
    const stream = new ServerStream(streamId, this);
    this.#sender.admit(stream);
    this.#streams.add(stream);
    this.events.onRequest(stream, head);
    return stream;
  }

  #onRefused(streamId: number, code: number): void {
    // One that came too early may come again as often as it likes: it has cost nothing.
    if (code !== ErrorCode.REFUSED_STREAM) this.#resets.count();
    this.#socket.write(encodeNumbers(FrameType.RST_STREAM, streamId, code));
    this.#streams.remember(streamId);
  }

  #writeGoaway(code: number): void {
    this.#socket.write(encodeNumbers(FrameType.GOAWAY, 0, this.#servedId, code));
  }

  #end(stream: ServerStream): void {
    this.#streams.delete(stream);
    this.#sender.drop(stream);
    stream.lose();
    this.events.onStreamEnd(stream);
    this.#closeIfIdle();
  }

  /** Our side ends when all is answered; a client that leaves its own open does not keep the connection. */
  #closeIfIdle(): void {
    if (this.#state !== 'closing' || this.#streams.size > 0 || this.#closeTimer !== undefined) return;
    this.#socket.end();
    this.#destroyLater();
  }

  #destroyLater(): void {
    this.#closeTimer = setTimeout(() => {
      this.#socket.destroy();
    }, CLOSE_MILLIS).unref();
  }

  /** Section 5.4.1. */
  #break(error: Error): void {
    if (this.#state === 'gone') return;
    this.#writeGoaway(error instanceof ConnectionError ? error.code : ErrorCode.INTERNAL_ERROR);
    this.#socket.close();
    this.events.onError(error);
    this.#lose();
    this.#destroyLater();
  }

  #lose(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    clearTimeout(this.#closeTimer);
    for (const stream of this.#streams.open) this.#end(stream);
    this.events.onClose();
  }
}
