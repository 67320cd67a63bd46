import { type IncomingMessage, type ServerResponse, request } from 'node:http';
import { isLoopback, isLoopbackName } from '../lookup/loopback';

const TIMEOUT_MILLIS = 10_000;

/** Hands a GET to the HTTP port that the workers share on loopback; which of them answers, chance decides. */
export function forwardTo(port: number): (incoming: IncomingMessage, response: ServerResponse) => void {
  return (incoming, response) => {
    // The worker sees the primary on loopback, whoever asked and by whatever name; what it tells is for this host only.
    if (!isLoopback(incoming.socket.remoteAddress) || !isLoopbackName(incoming.headers.host)) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('answers on loopback only\n');
      return;
    }
    // Express has cut the mount point off `url`.
    const { originalUrl: path = incoming.url } = incoming as { originalUrl?: string };
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      method: incoming.method,
      timeout: TIMEOUT_MILLIS,
    });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, {
        'content-type': answer.headers['content-type'] ?? 'text/plain',
      });
      answer.pipe(response);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no worker has answered')));
    outgoing.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-type': 'text/plain' }).end(`${error.message}\n`);
    });
    outgoing.end();
  };
}
