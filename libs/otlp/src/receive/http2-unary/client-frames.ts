import type { BodySender } from '../../http2/body-sender';
import { ErrorCode } from '../../http2/error-code';
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
import type { FrameSocket } from '../../http2/frame-socket';
import { HeaderBlocks } from '../../http2/header-blocks';
import { ReceiveWindow } from '../../http2/receive-window';
import { Setting, decodeSettings } from '../../http2/settings';
import { CONNECTION_WINDOW_BYTES } from '../stream-receiver';
import type { ServerStream } from './server-stream';
import type { ServerStreams } from './server-streams';

const PING_BYTES = 8;
const PRIORITY_BYTES = 5;
const NO_BYTES = Buffer.alloc(0);

export interface ClientFramesEvents {
  /** A header block is complete. */
  onHeaders(streamId: number, block: Buffer, endsStream: boolean): void;
  onReset(stream: ServerStream): void;
  /** The client has broken a rule on this stream only; section 5.4.2. */
  onStreamError(stream: ServerStream, code: number): void;
  onPong(): void;
  onGoaway(): void;
  /** It makes work, and brings no request on. */
  onControlFrame(): void;
}

/** Acts on what a client sends, frame by frame: RFC 9113, section 6. */
export class ClientFrames {
  readonly #blocks = new HeaderBlocks();
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  #hasBegun = false;

  constructor(
    private readonly socket: FrameSocket,
    private readonly streams: ServerStreams,
    private readonly sender: BodySender<ServerStream>,
    private readonly events: ClientFramesEvents,
  ) {}

  /** @throws ConnectionError for what a client may not send */
  take(frame: Frame): void {
    this.#blocks.checkOrder(frame);
    // Section 3.4: the preface ends with SETTINGS.
    if (!this.#hasBegun && (frame.type !== FrameType.SETTINGS || (frame.flags & Flag.ACK) !== 0)) {
      throw protocolError('the client does not begin with SETTINGS');
    }
    switch (frame.type) {
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
        this.#onReset(frame);
        break;
      case FrameType.SETTINGS:
        this.#onSettings(frame);
        break;
      case FrameType.PING:
        this.#onPing(frame);
        break;
      case FrameType.GOAWAY:
        checkConnectionFrame(frame);
        numberOf(frame, 4);
        this.events.onGoaway();
        break;
      case FrameType.WINDOW_UPDATE:
        this.#onWindowUpdate(frame);
        break;
      case FrameType.PUSH_PROMISE:
        throw protocolError('a client that pushes');
      case FrameType.PRIORITY:
        this.#onPriority(frame);
        break;
      default: // unknown types are ignored, section 5.5
        this.events.onControlFrame();
    }
  }

  #onData(frame: Frame): void {
    const { streamId, payload, flags } = frame;
    this.streams.checkOpened(streamId);
    // All of it counts towards the connection's window, whether or not its stream is there (section 6.9).
    this.#openWindow(0, this.#window.take(payload.length));
    const content = contentOf(frame);
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if (content.length === 0 && !endsStream) this.events.onControlFrame();
    const stream = this.streams.find(streamId);
    if (stream === undefined) return;
    if (stream.isRemoteEnded) {
      this.events.onStreamError(stream, ErrorCode.STREAM_CLOSED);
      return;
    }
    const opened = stream.onData(content, payload.length);
    if (endsStream) stream.onRemoteEnd();
    else this.#openWindow(streamId, opened);
  }

  #onHeaders(frame: Frame): void {
    const { streamId, flags } = frame;
    const content = contentOf(frame);
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) this.events.onHeaders(streamId, content, endsStream);
    else this.#blocks.begin(streamId, endsStream, content);
  }

  #onContinuation(frame: Frame): void {
    const block = this.#blocks.go(frame);
    if (block !== undefined) this.events.onHeaders(block.streamId, block.join(), block.endsStream);
  }

  #onReset(frame: Frame): void {
    this.streams.checkOpened(frame.streamId);
    numberOf(frame, 0, 4);
    const stream = this.streams.find(frame.streamId);
    if (stream !== undefined) this.events.onReset(stream);
  }

  #onSettings(frame: Frame): void {
    checkConnectionFrame(frame);
    if ((frame.flags & Flag.ACK) !== 0) {
      if (frame.payload.length > 0) throw frameSizeError('an ACK of SETTINGS with a payload');
      return;
    }
    if (this.#hasBegun) this.events.onControlFrame();
    this.#hasBegun = true;
    // Only the last of each counts, so that thousands in one frame do not cost thousands of walks over the streams.
    for (const [id, value] of new Map(decodeSettings(frame, 'client'))) {
      if (id === Setting.INITIAL_WINDOW_SIZE) this.sender.setInitialWindow(value, this.streams.open);
      else if (id === Setting.MAX_FRAME_SIZE) this.sender.setMaxFrameBytes(value);
      else if (id === Setting.HEADER_TABLE_SIZE) this.sender.onTableSize();
    }
    this.socket.write(encodeFrame({ ...frame, flags: Flag.ACK, payload: NO_BYTES }));
    this.sender.resume();
  }

  #onPing(frame: Frame): void {
    checkConnectionFrame(frame);
    if (frame.payload.length !== PING_BYTES) throw frameSizeError('a PING that is none');
    if ((frame.flags & Flag.ACK) === 0) this.socket.write(encodeFrame({ ...frame, flags: Flag.ACK }));
    else this.events.onPong();
    this.events.onControlFrame();
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
    if (bytes === 0) this.events.onStreamError(stream, ErrorCode.PROTOCOL_ERROR);
    else if (!this.sender.widenStream(stream, bytes)) {
      this.events.onStreamError(stream, ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  /** Section 6.3: it may come for any stream, and changes nothing here. */
  #onPriority({ streamId, payload }: Frame): void {
    if (streamId === 0) throw protocolError('PRIORITY of no stream');
    if (payload.length !== PRIORITY_BYTES) throw frameSizeError('a PRIORITY that is none');
    this.events.onControlFrame();
  }

  #openWindow(streamId: number, bytes: number): void {
    if (bytes > 0) this.socket.write(encodeNumbers(FrameType.WINDOW_UPDATE, streamId, bytes));
  }
}

function checkConnectionFrame({ streamId }: Frame): void {
  if (streamId !== 0) throw protocolError(`a frame about the connection on stream ${streamId}`);
}

function frameSizeError(message: string): ConnectionError {
  return new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, message);
}
