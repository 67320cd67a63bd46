import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** Answers one request; what it throws becomes a problem (RFC 9457). */
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
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/**
 * The HTTP side of a program that has a few pages to read and no more: node's own server, since a framework takes
 * more memory than all the rest of such a program (docs/adr/0011). Pages answer GET and HEAD, changes POST. Not
 * listening yet.
 */
export function servePages(pages: Pages, logger: Logger, changes: Pages = {}): Server {
  return createServer((request, response) => {
    void answer(pages, changes, request, response).catch((error: unknown) => {
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

async function answer(
  pages: Pages,
  changes: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', search] = (request.url ?? '').split(/\?(.*)/s);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  const change = Object.hasOwn(changes, path) ? changes[path] : undefined;
  if (page === undefined && change === undefined) {
    throw new HttpProblem(404, `there are ${[...Object.keys(pages), ...Object.keys(changes)].join(', ')}`);
  }
  const { method = '' } = request;
  const wanted = method === 'POST' ? change : ['GET', 'HEAD'].includes(method) ? page : undefined;
  if (wanted === undefined) {
    const allowed = [
      ...(page === undefined ? [] : ['GET', 'HEAD']),
      ...(change === undefined ? [] : ['POST']),
    ];
    const expected = page === undefined ? 'POST' : 'GET';
    throw new HttpProblem(405, `got ${method}, expected ${expected}`, { allow: allowed.join(', ') });
  }
  await wanted(request, response, new URLSearchParams(search));
}

function sendProblem(response: ServerResponse, { status, message, headers }: HttpProblem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  send(response, status, 'application/problem+json', JSON.stringify({ status, detail: message }));
}
