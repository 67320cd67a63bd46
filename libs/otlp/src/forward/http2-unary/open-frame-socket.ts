import type { TLSSocket } from 'node:tls';
import { FrameSocket, type FrameSocketEvents } from '../../http2/frame-socket';
import { openSocket } from '../open-socket';
import type { TransportOptions } from '../transport';

const READ_BUFFER_BYTES = 64 * 1024;

/** Begins to connect. `onConnect` is told when that has succeeded, with HTTP/2 agreed on if there is TLS. */
export function openFrameSocket(
  options: TransportOptions,
  events: FrameSocketEvents & { onConnect(): void },
): FrameSocket {
  // One buffer for all that is read: what is kept of it is copied, and that is little.
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  const callback = (bytes: number): boolean => {
    frames.read(buffer.subarray(0, bytes));
    return true;
  };
  const socket = openSocket(options, { buffer, callback });
  const frames = new FrameSocket(socket, events);
  const onConnect = (): void => {
    socket.setNoDelay();
    events.onConnect();
  };
  if (options.tls) {
    socket.on('data', (chunk: Buffer) => {
      frames.read(chunk);
    });
    socket.on('secureConnect', () => {
      if ((socket as TLSSocket).alpnProtocol === 'h2') onConnect();
      else events.onError(new Error('the server does not offer HTTP/2 in its TLS handshake'));
    });
  } else {
    socket.on('connect', onConnect);
  }
  return frames;
}
