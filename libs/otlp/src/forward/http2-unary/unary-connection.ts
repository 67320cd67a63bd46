import { BodySender, INITIAL_WINDOW_BYTES } from '../../http2/body-sender';
import { ErrorCode } from '../../http2/error-code';
import type { FrameSocket } from '../../http2/frame-socket';
import { ConnectionError, FrameType, encodeFrame, encodeNumbers, encodeSettings } from '../../http2/frames';
import { PREFACE } from '../../http2/preface';
import { Setting } from '../../http2/settings';
import {
  type Attempt,
  type AttemptResult,
  CONNECTION_WINDOW_BYTES,
  type CallRequest,
  type Connection,
  type ConnectionEvents,
  STREAM_WINDOW_BYTES,
} from '../connection';
import { ConnectionLife } from '../connection-life';
import type { TransportOptions } from '../transport';
import { openFrameSocket } from './open-frame-socket';
import { RequestHeads } from './request-head';
import { PING_BYTES, ServerFrames } from './server-frames';
import { StreamTable } from './stream-table';
import { type StreamHost, UnaryStream } from './unary-stream';

/** Without a dynamic table a header block can be read without those before it. */
const SETTINGS = new Map<number, number>([
  [Setting.HEADER_TABLE_SIZE, 0],
  [Setting.ENABLE_PUSH, 0],
  [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
]);

/** An HTTP/2 client for unary gRPC calls, RFC 9113 without what they do not need (push, priorities, trailers out). */
export class UnaryConnection implements Connection, StreamHost {
  readonly #socket: FrameSocket;
  readonly #sender: BodySender<UnaryStream>;
  readonly #streams: StreamTable;
  readonly #life: ConnectionLife;
  #closeTimer: NodeJS.Timeout | undefined;
  #reason = 'connection closed';

  constructor(
    private readonly options: TransportOptions,
    private readonly events: ConnectionEvents,
  ) {
    const heads = new RequestHeads(options);
    this.#socket = openFrameSocket(options, {
      onConnect: () => {
        this.#greet();
      },
      onFrame: (frame) => {
        frames.take(frame);
        return !this.#life.isGone;
      },
      onDrain: () => {
        this.#sender.resume();
      },
      onError: (error) => {
        this.#break(error.message, error instanceof ConnectionError ? error.code : ErrorCode.INTERNAL_ERROR);
      },
      onClose: () => {
        this.#onClose();
      },
    });
    this.#sender = new BodySender(this.#socket);
    this.#streams = new StreamTable((stream) => {
      this.#sender.admit(stream);
      this.#sender.writeHeaders(stream.id, heads.blockOf(stream.request), false);
      this.#sender.begin(stream);
      if (this.#streams.isSpent) this.#retire();
    });
    const frames = new ServerFrames(this.#socket, this.#streams, this.#sender, {
      onSettings: () => {
        this.#onSettings();
      },
      onPong: () => {
        this.#life.pong();
      },
      onGoaway: (lastStreamId, code) => {
        this.#reason = `the server said GOAWAY with code ${code}`;
        this.#retire();
        this.#streams.endBeyond(lastStreamId);
      },
    });
    this.#life = new ConnectionLife(options, {
      activeStreams: () => this.#streams.openStreams,
      sendPing: () => {
        const payload = Buffer.alloc(PING_BYTES);
        this.#socket.write(encodeFrame({ type: FrameType.PING, flags: 0, streamId: 0, payload }));
      },
      onSilence: (reason) => {
        this.#break(reason);
      },
    });
  }

  get ready(): boolean {
    return this.#life.isReady;
  }

  get connecting(): boolean {
    return this.#life.isConnecting;
  }

  get wasReady(): boolean {
    return this.#life.wasReady;
  }

  get reason(): string {
    return this.#reason;
  }

  get activeCalls(): number {
    return this.#streams.calls;
  }

  get maxResponseBytes(): number {
    return this.options.maxResponseBytes;
  }

  start(request: CallRequest, onSettled: (result: AttemptResult) => void): Attempt {
    const stream = new UnaryStream(request, this, onSettled);
    this.#streams.add(stream);
    return stream;
  }

  suspect(sinceEpochMillis: number): void {
    if (!this.#life.hasHeardSince(sinceEpochMillis)) this.#retire();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onStreamEnd(stream: UnaryStream, code?: number): void {
    if (stream.heard) this.#life.heard();
    if (!this.#streams.delete(stream)) return;
    this.#sender.drop(stream);
    if (code !== undefined) this.#socket.write(encodeNumbers(FrameType.RST_STREAM, stream.id, code));
    this.#openQueued();
    this.#closeIfIdle();
  }

  #greet(): void {
    this.#socket.write(PREFACE);
    this.#socket.write(encodeSettings(SETTINGS));
    const opened = CONNECTION_WINDOW_BYTES - INITIAL_WINDOW_BYTES;
    this.#socket.write(encodeNumbers(FrameType.WINDOW_UPDATE, 0, opened));
  }

  #onSettings(): void {
    if (this.#life.becomeReady()) {
      this.events.onReady();
    } else {
      this.#sender.resume();
      this.#openQueued();
    }
  }

  #openQueued(): void {
    this.#streams.openQueued(() => this.#life.isReady);
  }

  /** Takes no new calls; those that are running finish, those that wait go elsewhere. */
  #retire(): void {
    if (!this.#life.leave()) return;
    this.events.onGone(this);
    this.#streams.endQueued();
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (!this.#life.isLeaving || this.#streams.openStreams > 0) return;
    this.#socket.write(encodeNumbers(FrameType.GOAWAY, 0, 0, ErrorCode.NO_ERROR));
    this.#socket.close();
    // A peer that does not read would keep the socket for as long as TCP hopes.
    this.#closeTimer = setTimeout(() => {
      this.#socket.destroy();
    }, this.options.keepaliveTimeoutMillis).unref();
  }

  #break(reason: string, code: number = ErrorCode.NO_ERROR): void {
    this.#reason = reason;
    if (this.#life.wasReady && !this.#life.isGone) {
      this.#socket.write(encodeNumbers(FrameType.GOAWAY, 0, 0, code));
      this.#socket.flush();
    }
    this.#socket.destroy();
    this.#onClose();
  }

  #onClose(): void {
    if (this.#life.isGone) return;
    clearTimeout(this.#closeTimer);
    if (this.#life.end()) this.events.onGone(this);
    this.#streams.lose(this.#reason);
  }
}
