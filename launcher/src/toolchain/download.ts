import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

import { errorCode, LauncherError, oneLine } from '../errors.ts';

export interface DownloadLimits {
  /** From the request until the response's headers, redirects included: how long an absent network can cost. */
  readonly answerTimeoutMillis: number;
  /** The longest silence within the body. */
  readonly idleTimeoutMillis: number;
  /** Below this average, looked at from `slowAfterMillis` on, building is quicker. */
  readonly minBytesPerSecond: number;
  readonly slowAfterMillis: number;
  readonly maxBytes: number;
  /** Tries for what a second try can cure: a transfer that broke off, a 5xx. */
  readonly attempts: number;
}

export const defaultDownloadLimits: DownloadLimits = {
  answerTimeoutMillis: 5_000,
  idleTimeoutMillis: 15_000,
  minBytesPerSecond: 256 * 1024,
  slowAfterMillis: 20_000,
  maxBytes: 1024 * 1024 * 1024,
  attempts: 3,
};

export interface DownloadOptions {
  readonly limits: DownloadLimits;
  readonly signal: AbortSignal;
  readonly onProgress: (receivedBytes: number, totalBytes: number | undefined) => void;
}

/** Streams a URL to a file and returns the SHA-256 of what was written. Throws a LauncherError. */
export async function downloadFile(url: string, file: string, options: DownloadOptions): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadOnce(url, file, options);
    } catch (error) {
      if (attempt >= options.limits.attempts || !isWorthRetrying(error)) throw error;
    }
  }
}

/** A small text, such as a checksum file. */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  await receive(url, options, (chunk) => {
    chunks.push(chunk);
    return Promise.resolve();
  });
  return Buffer.concat(chunks).toString('utf8');
}

async function downloadOnce(url: string, file: string, options: DownloadOptions): Promise<string> {
  const hash = createHash('sha256');
  const out = createWriteStream(file);
  const written = finished(out).catch((error: unknown) => {
    throw asWriteError(error, file);
  });
  // Looked at with the next chunk, or at the end.
  written.catch(() => undefined);
  try {
    await receive(url, options, async (chunk) => {
      hash.update(chunk);
      if (out.errored !== null) throw asWriteError(out.errored, file);
      if (!out.write(chunk)) await Promise.race([once(out, 'drain'), written]);
    });
  } catch (error) {
    out.destroy();
    throw error;
  }
  out.end();
  await written;
  return hash.digest('hex');
}

async function receive(
  url: string,
  options: DownloadOptions,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const { limits, signal, onProgress } = options;
  const { host } = new URL(url);
  const deadline = new Deadline(signal);
  let answered = false;
  try {
    deadline.set(
      limits.answerTimeoutMillis,
      new LauncherError('network', `${host} did not answer within ${limits.answerTimeoutMillis / 1000} s`),
    );
    const response = await fetch(url, { signal: deadline.signal, redirect: 'follow' });
    answered = true;
    if (!response.ok || response.body === null) {
      throw new LauncherError('http', `${url} answered ${response.status}`, { cause: response.status });
    }
    const announced = response.headers.get('content-length');
    const totalBytes = announced === null ? undefined : Number(announced);
    const stalled = new LauncherError(
      'truncated',
      `${url} sent nothing for ${limits.idleTimeoutMillis / 1000} s`,
    );
    const startedAt = Date.now();
    let received = 0;
    deadline.set(limits.idleTimeoutMillis, stalled);
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength;
      if (received > limits.maxBytes)
        throw new LauncherError('http', `${url} is larger than ${limits.maxBytes} bytes`);
      const elapsed = Date.now() - startedAt;
      if (elapsed > limits.slowAfterMillis && received / (elapsed / 1000) < limits.minBytesPerSecond) {
        throw new LauncherError(
          'http',
          `${url} comes at ${Math.round(received / elapsed)} kB/s, which is too slow`,
        );
      }
      await take(chunk);
      onProgress(received, totalBytes);
      deadline.set(limits.idleTimeoutMillis, stalled);
    }
    if (
      totalBytes !== undefined &&
      received !== totalBytes &&
      response.headers.get('content-encoding') === null
    ) {
      throw new LauncherError('truncated', `${url} ended after ${received} of ${totalBytes} bytes`);
    }
  } catch (error) {
    if (signal.aborted) throw new LauncherError('aborted', 'stopped');
    throw deadline.reason ?? asDownloadError(error, url, answered);
  } finally {
    deadline.clear();
  }
}

/** One timer that is set again and again, and the caller's signal, as one AbortSignal. */
class Deadline {
  readonly signal: AbortSignal;
  reason: LauncherError | undefined;
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.controller.signal]);
  }

  set(millis: number, reason: LauncherError): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.reason = reason;
      this.controller.abort(reason);
    }, millis);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

function asDownloadError(error: unknown, url: string, answered: boolean): LauncherError {
  if (error instanceof LauncherError) return error;
  const options = { cause: error };
  const why = errorCode(error) ?? oneLine(error);
  return answered
    ? new LauncherError('truncated', `${url} broke off (${why})`, options)
    : new LauncherError('network', `${new URL(url).host} cannot be reached (${why})`, options);
}

function asWriteError(error: unknown, file: string): LauncherError {
  if (error instanceof LauncherError) return error;
  const why =
    errorCode(error) === 'ENOSPC'
      ? 'no space left on the disk that holds the cache'
      : `${file} cannot be written (${errorCode(error) ?? oneLine(error)})`;
  return new LauncherError('archive', why, { cause: error });
}

function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof LauncherError)) return false;
  return (
    error.code === 'truncated' ||
    (error.code === 'http' && typeof error.cause === 'number' && error.cause >= 500)
  );
}
