import { ErrorCode } from './error-code';
import { ConnectionError, DEFAULT_MAX_FRAME_BYTES, type Frame } from './frames';

/** RFC 9113, section 6.5.2. */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

const SETTING_BYTES = 6;
/** Section 6.9.1. */
export const MAX_WINDOW_BYTES = 2 ** 31 - 1;

/**
 * In the order they stand there, which is that in which they count. Only a client may enable push.
 *
 * @throws ConnectionError for what may not be
 */
export function decodeSettings(
  { payload, streamId }: Frame,
  sender: 'client' | 'server',
): [id: number, value: number][] {
  if (streamId !== 0) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'SETTINGS on a stream');
  if (payload.length % SETTING_BYTES !== 0) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `SETTINGS of ${payload.length} bytes`);
  }
  const settings: [number, number][] = [];
  for (let at = 0; at < payload.length; at += SETTING_BYTES) {
    const id = payload.readUInt16BE(at);
    const value = payload.readUInt32BE(at + 2);
    if (id === Setting.INITIAL_WINDOW_SIZE && value > MAX_WINDOW_BYTES) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, `a window of ${value} bytes`);
    }
    if (id === Setting.MAX_FRAME_SIZE && (value < DEFAULT_MAX_FRAME_BYTES || value > 16_777_215)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `frames of ${value} bytes`);
    }
    if (id === Setting.ENABLE_PUSH && value > (sender === 'client' ? 1 : 0)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `a ${sender} that sets ENABLE_PUSH to ${value}`);
    }
    settings.push([id, value]);
  }
  return settings;
}
