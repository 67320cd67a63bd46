import { traceIdOf } from '../../commands/look-ups.ts';
import { errorCode, LauncherError, oneLine } from '../../errors.ts';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: unknown;
}

const requestsPerSecond = 4;
/** Those that wait for an answer; while there are so many, no further one is sent. */
const maxInFlight = 50;
const maxFailedTraceIds = 500;
const answerMillis = 10_000;

/** The same request at a steady rate, and which traces the failed ones were. */
export class Load {
  /** Ids of traces of requests that were answered 5xx, the oldest first. */
  readonly failedTraceIds: string[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private readonly ending = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(request: LoadRequest) {
    this.timer = setInterval(() => {
      if (this.inFlight.size >= maxInFlight) return;
      const one = this.send(request).finally(() => this.inFlight.delete(one));
      this.inFlight.add(one);
    }, 1000 / requestsPerSecond);
  }

  /** Gives up what has no answer yet. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await Promise.all(this.inFlight);
  }

  private async send(request: LoadRequest): Promise<void> {
    const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(answerMillis)]);
    const answer = await sendRequest(request, signal).catch(() => undefined);
    if (answer?.traceId === undefined || answer.status < 500) return;
    if (this.failedTraceIds.length < maxFailedTraceIds) this.failedTraceIds.push(answer.traceId);
  }
}

export interface Answer {
  readonly status: number;
  readonly traceId: string | undefined;
  readonly body: unknown;
}

/** One request to a program, with the trace that it became. Throws a LauncherError when there is no answer. */
export async function sendRequest(
  { method, url, body }: { method: string; url: string; body?: unknown },
  signal: AbortSignal = AbortSignal.timeout(answerMillis),
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { response, text } = await textOf(url, {
    method,
    signal,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    traceId: traceIdOf(response.headers.get('server-timing')),
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

async function textOf(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, init);
    return { response, text: await response.text() };
  } catch (error) {
    const why = errorCode(error) ?? oneLine(error);
    throw new LauncherError(
      'network',
      `${init.method ?? 'GET'} ${url} has no answer (${why}): npm run status`,
    );
  }
}
