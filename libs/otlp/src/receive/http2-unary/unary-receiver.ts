import type { Socket } from 'node:net';
import type { Connection } from '../connection';
import { StreamReceiver } from '../stream-receiver';
import { ServerConnection } from './server-connection';

/** The receiver to run: unary calls of gRPC, with an HTTP/2 server of our own straight on the socket. */
export class UnaryReceiver extends StreamReceiver {
  override accept(socket: Socket, peer: string): void {
    const { maxConcurrentStreamsPerConnection } = this.options;
    const session = new ServerConnection(socket, maxConcurrentStreamsPerConnection, {
      onRequest: (stream, { headers, bytes }) => {
        stream.call = this.open(stream, headers, bytes, connection);
        connection.onRequest();
      },
      onStreamEnd: ({ id }) => {
        connection.onStreamEnd(id);
      },
      onControlFrame: () => {
        connection.onControlFrame();
      },
      onError: ({ message }) => this.events.onConnectionError?.('protocol', { peer, message }),
      onClose: () => {
        this.end(connection);
      },
    });
    const connection: Connection = this.begin(session, peer);
  }
}
