import { encodeHeaderBlock } from '../../http2/hpack/encode';
import type { AnswerHeaders } from '../call-stream';
import { OK_HEADERS } from '../grpc-headers';

/** The header block of an answer; it uses no dynamic table, so it is the same on every connection. */
export function answerBlock(headers: AnswerHeaders): Buffer {
  return encodeHeaderBlock(Object.entries(headers).map(([name, value]) => ({ name, value })));
}

export const OK_BLOCK = answerBlock(OK_HEADERS);
export const OK_TRAILERS = answerBlock({ 'grpc-status': '0' });
