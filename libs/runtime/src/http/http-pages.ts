import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** Answers one GET or HEAD; what it throws becomes a problem (RFC 9457). */
export type Page = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => void | Promise<void>;

/** Path → page. */
export type Pages = Readonly<Record<string, Page>>;

/** A request that cannot be answered, and why: the text is for the client. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The HTTP side of a program that has a few pages to read and no more: node's own server, since a framework takes
 * more memory than all the rest of such a program (docs/adr/0011). Not listening yet.
 */
export function servePages(pages: Pages, logger: Logger): Server {
  return createServer((request, response) => {
    void answer(pages, request, response).catch((error: unknown) => {
      if (!(error instanceof HttpProblem)) logger.error({ err: error, url: request.url }, 'a page failed');
      sendProblem(
        response,
        error instanceof HttpProblem ? error : new HttpProblem(500, 'this failed; the log says why'),
      );
    });
  });
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

export function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  // The length at once: no chunks, and HEAD tells it too.
  response
    .writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
    .end(body);
}

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', search] = (request.url ?? '').split(/\?(.*)/s);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) throw new HttpProblem(404, `there are ${Object.keys(pages).join(', ')}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    throw new HttpProblem(405, `got ${request.method ?? ''}, expected GET`);
  }
  await page(request, response, new URLSearchParams(search));
}

function sendProblem(response: ServerResponse, { status, message }: HttpProblem): void {
  if (response.headersSent) response.destroy();
  else send(response, status, 'application/problem+json', JSON.stringify({ status, detail: message }));
}
