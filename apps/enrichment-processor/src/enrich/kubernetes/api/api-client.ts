import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ApiStatus } from '../objects/api-shapes';
import { ApiError } from './api-error';
import type { ClusterAccess } from './cluster-access';
import { LineSplitter } from './line-splitter';
import { ListSplitter } from './list-splitter';

export interface ApiRequest {
  /** e.g. `/api/v1/pods` */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Only ObjectMeta of each object: less to send, to parse and to hold. */
  readonly metadataOnly: boolean;
  readonly signal: AbortSignal;
}

export interface WatchOptions {
  readonly idleMillis: number;
  readonly maxLineBytes: number;
  readonly onOpen: () => void;
}

const JSON_TYPE = 'application/json';
const PARTIAL_OBJECT = `${JSON_TYPE};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
const PARTIAL_LIST = `${JSON_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
/** An answer other than 200 is a small Status object. */
const MAX_STATUS_BYTES = 64 * 1024;

/** GET and watch on the API server, nothing else. Errors are ApiError. */
export class ApiClient {
  constructor(private readonly access: ClusterAccess) {}

  /**
   * One page of a list: calls `onItem` for each object as it arrives, and returns the rest. The deadline is for
   * all of it. An object may have been handed on when it rejects.
   */
  async list(
    request: ApiRequest,
    { deadlineMillis, maxObjectBytes }: { readonly deadlineMillis: number; readonly maxObjectBytes: number },
    onItem: (item: unknown) => void,
  ): Promise<unknown> {
    const deadline = AbortSignal.timeout(deadlineMillis);
    const signal = AbortSignal.any([request.signal, deadline]);
    const items = new ListSplitter(maxObjectBytes, (json) => {
      onItem(parse(json));
    });
    try {
      const response = await this.#send(
        { ...request, signal },
        request.metadataOnly ? PARTIAL_LIST : JSON_TYPE,
      );
      for await (const chunk of response as AsyncIterable<Buffer>) items.push(chunk);
      if (!response.complete) throw new ApiError('connection', 'the answer broke off');
      return parse(items.end());
    } catch (cause) {
      if (deadline.aborted && !request.signal.aborted) {
        throw new ApiError('timeout', `no complete answer within ${deadlineMillis} ms`);
      }
      throw ApiError.from(cause);
    }
  }

  /**
   * Calls `onOpen` when the server has taken the watch up, and `onLine` for each of its lines until the server
   * ends it. Rejects with `timeout` when nothing was heard for `idleMillis`.
   */
  async watch(
    request: ApiRequest,
    { idleMillis, maxLineBytes, onOpen }: WatchOptions,
    onLine: (line: unknown) => void,
  ): Promise<void> {
    const idle = new AbortController();
    const timer = setTimeout(() => {
      idle.abort();
    }, idleMillis);
    const signal = AbortSignal.any([request.signal, idle.signal]);
    const lines = new LineSplitter(maxLineBytes);
    try {
      const response = await this.#send(
        { ...request, signal },
        request.metadataOnly ? PARTIAL_OBJECT : JSON_TYPE,
      );
      onOpen();
      for await (const chunk of response as AsyncIterable<Buffer>) {
        timer.refresh();
        for (const line of lines.push(chunk)) onLine(parse(line));
      }
    } catch (cause) {
      if (idle.signal.aborted && !request.signal.aborted) {
        throw new ApiError('timeout', `nothing was heard for ${idleMillis} ms`);
      }
      throw ApiError.from(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks once more after 401, with the token and the certificates as they are now. */
  async #send(request: ApiRequest, accept: string): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(request, accept);
    } catch (cause) {
      const error = ApiError.from(cause);
      if (error.reason !== 'unauthorized' && error.reason !== 'certificate') throw error;
      this.access.invalidate();
      return this.#sendOnce(request, accept);
    }
  }

  async #sendOnce({ path, query, signal }: ApiRequest, accept: string): Promise<IncomingMessage> {
    const { server } = this.access;
    const url = new URL(`${server.pathname.replace(/\/$/, '')}${path}`, server);
    url.search = new URLSearchParams(query).toString();
    const token = await this.access.token();
    const headers = {
      accept,
      'user-agent': 'trace-enrichment-processor',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent =
        url.protocol === 'http:'
          ? httpRequest(url, { headers, signal })
          : httpsRequest(url, { headers, signal, agent: this.access.agent() });
      sent.on('response', resolve).on('error', reject).end();
    });
    if (response.statusCode === 200) return response;
    const body = await readAll(response, MAX_STATUS_BYTES);
    throw ApiError.fromStatus(response.statusCode ?? 0, statusOf(body), response.headers['retry-after']);
  }
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ApiError('too_large', `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new ApiError('connection', 'the answer broke off');
  return Buffer.concat(chunks);
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new ApiError('malformed', `not JSON: ${(cause as Error).message}`);
  }
}

function statusOf(body: Buffer): ApiStatus | undefined {
  try {
    const status = JSON.parse(body.toString('utf8')) as ApiStatus | null;
    return status?.kind === 'Status' ? status : undefined;
  } catch {
    // A proxy in between answers in its own words.
    return undefined;
  }
}
