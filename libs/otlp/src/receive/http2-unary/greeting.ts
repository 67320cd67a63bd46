import { INITIAL_WINDOW_BYTES } from '../../http2/body-sender';
import { FrameType, encodeNumbers, encodeSettings } from '../../http2/frames';
import { Setting } from '../../http2/settings';
import { CONNECTION_WINDOW_BYTES, MAX_HEADER_LIST_BYTES, STREAM_WINDOW_BYTES } from '../stream-receiver';

/** What a server begins with (RFC 9113, section 3.4): its settings, and a wider window for the connection. */
export function greeting(maxConcurrentStreams: number): Buffer {
  const settings = new Map<number, number>([
    [Setting.MAX_CONCURRENT_STREAMS, maxConcurrentStreams],
    [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
    [Setting.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
  ]);
  const opened = CONNECTION_WINDOW_BYTES - INITIAL_WINDOW_BYTES;
  return Buffer.concat([encodeSettings(settings), encodeNumbers(FrameType.WINDOW_UPDATE, 0, opened)]);
}
