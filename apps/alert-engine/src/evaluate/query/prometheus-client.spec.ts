import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusClient } from './prometheus-client';

/** What no healthy Prometheus answers; with the real one it is tested in e2e 17-drills. */
describe('PrometheusClient', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const query = (timeoutMillis = 60_000): Promise<unknown> => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const client = new PrometheusClient({ url, timeoutMillis, maxAnswerBytes: 100 });
    return client.query('x > 1', new AbortController().signal);
  };

  it.each([
    ['an error of its own', 422, '{"status":"error","error":"unknown function"}', 'unknown function'],
    ['a page of something else', 502, '<html>', 'HTTP 502, not an answer'],
    ['a matrix', 200, '{"status":"success","data":{"resultType":"matrix","result":[]}}', 'not an answer'],
    ['too much', 200, ' '.repeat(101), 'an answer of over 100 bytes'],
  ])('says why there is no answer: %s', async (_what, status, body, reason) => {
    answer = (response) => response.writeHead(status).end(body);
    await expect(query()).rejects.toThrow(reason);
  });

  it('waits no longer than it may', async () => {
    answer = () => undefined;
    await expect(query(50)).rejects.toThrow(/timeout/);
  });

  it('reads infinity as Prometheus writes it, and a scalar as a series without labels', async () => {
    answer = (response) =>
      response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"-Inf"]}}');
    expect(await query()).toEqual([{ metric: {}, value: -Infinity }]);
  });
});
