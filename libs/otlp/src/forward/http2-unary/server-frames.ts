import type { BodySender } from '../../http2/body-sender';
import { ErrorCode } from '../../http2/error-code';
import type { FrameSocket } from '../../http2/frame-socket';
import {
  ConnectionError,
  Flag,
  type Frame,
  FrameType,
  contentOf,
  encodeFrame,
  encodeNumbers,
  numberOf,
  protocolError,
} from '../../http2/frames';
import { HeaderBlocks } from '../../http2/header-blocks';
import { ReceiveWindow } from '../../http2/receive-window';
import { Setting, decodeSettings } from '../../http2/settings';
import { OtlpError } from '../../status/otlp-error';
import { CONNECTION_WINDOW_BYTES } from '../connection';
import { ResponseHeaders } from './response-headers';
import type { StreamTable } from './stream-table';
import type { UnaryStream } from './unary-stream';

/** A peer that makes us answer, and does not read the answers, ends here. */
const MAX_BACKLOG_BYTES = 2 * 1024 * 1024;
export const PING_BYTES = 8;

export interface ServerFramesEvents {
  /** The server's settings are in use, the first ones or others. */
  onSettings(): void;
  onPong(): void;
  /** There may be two: one that announces the end, and one that says which streams were looked at. */
  onGoaway(lastStreamId: number, code: number): void;
}

/** Acts on what a server sends, frame by frame: RFC 9113, section 6. */
export class ServerFrames {
  readonly #blocks = new HeaderBlocks();
  readonly #headers = new ResponseHeaders();
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  #hasBegun = false;

  constructor(
    private readonly socket: FrameSocket,
    private readonly streams: StreamTable,
    private readonly sender: BodySender<UnaryStream>,
    private readonly events: ServerFramesEvents,
  ) {}

  /** @throws ConnectionError for what a server may not send */
  take(frame: Frame): void {
    const { type, streamId } = frame;
    this.#blocks.checkOrder(frame);
    // Only with its settings is it sure that a HTTP/2 server is there, and how much it takes (section 3.4).
    if (!this.#hasBegun && (type !== FrameType.SETTINGS || (frame.flags & Flag.ACK) !== 0)) {
      throw protocolError('the server does not begin with SETTINGS');
    }
    switch (type) {
      case FrameType.DATA:
        this.#onData(frame);
        break;
      case FrameType.HEADERS:
        this.#onHeaders(frame);
        break;
      case FrameType.CONTINUATION:
        this.#onContinuation(frame);
        break;
      case FrameType.RST_STREAM:
        this.streams.checkOpened(streamId);
        this.streams.find(streamId)?.onReset(numberOf(frame, 0, 4));
        break;
      case FrameType.SETTINGS:
        this.#onSettings(frame);
        break;
      case FrameType.PING:
        this.#onPing(frame);
        break;
      case FrameType.GOAWAY:
        this.events.onGoaway(numberOf(frame, 0) & 0x7fffffff, numberOf(frame, 4));
        break;
      case FrameType.WINDOW_UPDATE:
        this.#onWindowUpdate(frame);
        break;
      case FrameType.PUSH_PROMISE:
        throw protocolError('a push that was not enabled');
      // PRIORITY says nothing to a client; unknown types are ignored, section 4.1.
    }
  }

  #onData(frame: Frame): void {
    const { streamId, payload, flags } = frame;
    this.streams.checkOpened(streamId);
    this.#openWindow(0, this.#window.take(payload.length));
    const content = contentOf(frame);
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    const opened = this.streams.find(streamId)?.onData(content, payload.length, endsStream);
    if (opened !== undefined) this.#openWindow(streamId, opened);
  }

  #onHeaders(frame: Frame): void {
    const { streamId, flags } = frame;
    this.streams.checkOpened(streamId);
    const content = contentOf(frame);
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) this.#onBlock(streamId, content, endsStream);
    else this.#blocks.begin(streamId, endsStream, content);
  }

  #onContinuation(frame: Frame): void {
    const block = this.#blocks.go(frame);
    if (block !== undefined) this.#onBlock(block.streamId, block.join(), block.endsStream);
  }

  #onBlock(streamId: number, block: Buffer, endsStream: boolean): void {
    const headers = this.#headers.decode(block);
    this.streams.find(streamId)?.onHeaders(headers, endsStream);
  }

  #onSettings(frame: Frame): void {
    if ((frame.flags & Flag.ACK) !== 0) return;
    for (const [id, value] of decodeSettings(frame, 'server')) {
      if (id === Setting.MAX_CONCURRENT_STREAMS) this.streams.limit(value);
      else if (id === Setting.INITIAL_WINDOW_SIZE) this.sender.setInitialWindow(value, this.streams.open);
      else if (id === Setting.MAX_FRAME_SIZE) this.sender.setMaxFrameBytes(value);
      else if (id === Setting.HEADER_TABLE_SIZE) this.sender.onTableSize();
    }
    this.#reply({ type: FrameType.SETTINGS, flags: Flag.ACK, streamId: 0, payload: Buffer.alloc(0) });
    this.#hasBegun = true;
    this.events.onSettings();
  }

  #onPing(frame: Frame): void {
    if (frame.payload.length !== PING_BYTES || frame.streamId !== 0) {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'a PING that is none');
    }
    if ((frame.flags & Flag.ACK) === 0) this.#reply({ ...frame, flags: Flag.ACK });
    else this.events.onPong();
  }

  #onWindowUpdate(frame: Frame): void {
    const { streamId } = frame;
    const bytes = numberOf(frame, 0, 4) & 0x7fffffff;
    if (streamId === 0) {
      if (bytes === 0) throw protocolError('a window that opens by nothing');
      this.sender.widen(bytes);
      return;
    }
    this.streams.checkOpened(streamId);
    const stream = this.streams.find(streamId);
    if (stream === undefined) return;
    if (bytes === 0 || !this.sender.widenStream(stream, bytes)) {
      stream.end(new OtlpError('UNAVAILABLE', `the server opened the stream's window by ${bytes}`));
    }
  }

  #openWindow(streamId: number, bytes: number): void {
    if (bytes > 0) this.socket.write(encodeNumbers(FrameType.WINDOW_UPDATE, streamId, bytes));
  }

  #reply(frame: Frame): void {
    if (this.socket.backlogBytes > MAX_BACKLOG_BYTES) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'the server asks and does not read the answers');
    }
    this.socket.write(encodeFrame(frame));
  }
}
