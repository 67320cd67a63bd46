import type { IncomingMessage } from 'node:http';
import { OtlpError } from '../status/otlp-error';
import { type BodyLimits, CHUNK_OVERHEAD_BYTES, exhausted, tooLarge } from './body-limits';
import type { Holding } from './byte-budget';
import { ACCEPTED_ENCODINGS, decompress, isCompression } from './decompress';

/**
 * The whole body of an HTTP request, decompressed. Every byte is paid for from the holding as it arrives;
 * throws OtlpError as soon as it is known that the request cannot be served.
 */
export async function readHttpBody(
  request: IncomingMessage,
  holding: Holding,
  limits: BodyLimits,
): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && !isCompression(encoding)) {
    throw new OtlpError(
      'INVALID_ARGUMENT',
      `content-encoding ${encoding.slice(0, 50)} is not one of ${ACCEPTED_ENCODINGS}`,
    );
  }
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > limits.maxReceiveBytes) throw tooLarge(`body of ${announcedBytes}`, limits);
  const body = await collect(request, holding, limits);
  return encoding === 'identity' ? body : decompress(encoding, body, holding, limits);
}

async function collect(request: IncomingMessage, holding: Holding, limits: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: OtlpError): void => {
      // What still arrives is read and dropped, so that the client gets to read its answer.
      request.removeListener('data', keep);
      request.resume();
      reject(error);
    };
    const keep = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.maxReceiveBytes) refuse(tooLarge('body of more than', limits));
      else if (!holding.take(chunk.length + CHUNK_OVERHEAD_BYTES)) refuse(exhausted(limits, holding));
      else chunks.push(chunk);
    };
    request.on('data', keep);
    request.on('end', resolve);
    request.on('close', () => {
      reject(new OtlpError('CANCELLED', 'the client closed the connection'));
    });
  });
  holding.giveBack(chunks.length * CHUNK_OVERHEAD_BYTES);
  return Buffer.concat(chunks);
}
