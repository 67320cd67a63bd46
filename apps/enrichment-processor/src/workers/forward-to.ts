import { request } from 'node:http';
import { HttpProblem, type Page } from '@trace/runtime';

const TIMEOUT_MILLIS = 10_000;

/** Hands a GET to the HTTP port that the workers share on loopback; which of them answers, chance decides. */
export function forwardTo(port: number): Page {
  return (incoming, response) =>
    new Promise((resolve, reject) => {
      const { url: path, method } = incoming;
      const outgoing = request({ host: '127.0.0.1', port, path, method, timeout: TIMEOUT_MILLIS });
      outgoing.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, {
          'content-type': answer.headers['content-type'] ?? 'text/plain',
        });
        answer.pipe(response);
        answer.on('close', resolve);
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('no worker has answered')));
      outgoing.on('error', (error) => {
        reject(new HttpProblem(502, error.message));
      });
      outgoing.end();
    });
}
