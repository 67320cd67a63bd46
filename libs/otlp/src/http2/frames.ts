import { ErrorCode } from './error-code';

/** RFC 9113, section 6. */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

export const Flag = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** Section 6.5.2: ours, never announced otherwise, and the peer's until it says more. */
export const DEFAULT_MAX_FRAME_BYTES = 16_384;
export const FRAME_HEAD_BYTES = 9;
/** Dependency and weight, which HEADERS may begin with; section 6.2. */
const PRIORITY_BYTES = 5;

/** What ends the connection, with the code that the peer is told in GOAWAY; section 5.4.1. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Valid only until the call that hands it over returns. */
  readonly payload: Buffer;
}

/** Section 4.1. */
export function writeFrameHead(
  target: Buffer,
  at: number,
  { type, flags, streamId }: Omit<Frame, 'payload'>,
  length: number,
): void {
  target.writeUIntBE(length, at, 3);
  target[at + 3] = type;
  target[at + 4] = flags;
  target.writeUInt32BE(streamId, at + 5);
}

export function encodeFrame(frame: Frame): Buffer {
  const { payload } = frame;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payload.length);
  writeFrameHead(bytes, 0, frame, payload.length);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

/** A frame whose payload is 32-bit numbers: WINDOW_UPDATE, RST_STREAM, GOAWAY. */
export function encodeNumbers(type: number, streamId: number, ...numbers: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(numbers.length * 4);
  for (const [index, number] of numbers.entries()) payload.writeUInt32BE(number, index * 4);
  return encodeFrame({ type, flags: 0, streamId, payload });
}

/** Section 6.5.1. */
export function encodeSettings(settings: ReadonlyMap<number, number>): Buffer {
  const payload = Buffer.allocUnsafe(settings.size * 6);
  let at = 0;
  for (const [id, value] of settings) {
    at = payload.writeUInt16BE(id, at);
    at = payload.writeUInt32BE(value, at);
  }
  return encodeFrame({ type: FrameType.SETTINGS, flags: 0, streamId: 0, payload });
}

/** What DATA or HEADERS carry without padding and priority; sections 6.1 and 6.2. */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  const isPadded = (flags & Flag.PADDED) !== 0;
  const hasPriority = type === FrameType.HEADERS && (flags & Flag.PRIORITY) !== 0;
  const start = (isPadded ? 1 : 0) + (hasPriority ? PRIORITY_BYTES : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (start > end) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'more padding than payload');
  return payload.subarray(start, end);
}

/** A 32-bit number of the payload, which must be `length` bytes long, if that is given. */
export function numberOf({ payload }: Frame, at: number, length?: number): number {
  if (payload.length < at + 4 || (length !== undefined && payload.length !== length)) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a payload of ${payload.length} bytes`);
  }
  return payload.readUInt32BE(at);
}

export function protocolError(message: string): ConnectionError {
  return new ConnectionError(ErrorCode.PROTOCOL_ERROR, message);
}
