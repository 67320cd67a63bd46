import type { IncomingMessage } from 'node:http';
import { BearerToken } from '@trace/otlp';
import { HttpProblem, isLoopback, isLoopbackName } from '@trace/runtime';

export interface ChangeGuardOptions {
  /** The address that the API listens on. */
  readonly host: string;
  /** What changes must bring along as `authorization: Bearer …`. */
  readonly apiToken: string | undefined;
}

/**
 * Who may change something through the API: whoever has the token; without one, programs and pages of this host.
 * Reading is free.
 */
export class ChangeGuard {
  readonly #token: BearerToken | undefined;

  constructor(private readonly options: ChangeGuardOptions) {
    if (options.apiToken === undefined) return;
    this.#token = new BearerToken({ token: options.apiToken }, () => undefined);
    this.#token.start();
  }

  /** Whether nobody may change anything: the network can reach the API, and there is no token to tell people apart. */
  get isClosed(): boolean {
    const { host } = this.options;
    return this.#token === undefined && host !== 'localhost' && !isLoopback(host);
  }

  /** @throws HttpProblem 401 or 403 with what is missing */
  check({ headers, socket }: IncomingMessage): void {
    if (this.#token !== undefined) {
      // A page elsewhere cannot send this header without a preflight, which nobody here answers with consent.
      const refusal = this.#token.refusal(headers.authorization);
      if (refusal === undefined) return;
      const error = headers.authorization === undefined ? '' : ', error="invalid_token"';
      throw new HttpProblem(401, refusal.message, {
        'www-authenticate': `Bearer realm="alert-engine"${error}`,
      });
    }
    if (this.isClosed || !isLoopback(socket.remoteAddress)) {
      throw new HttpProblem(403, 'changes are off: http.apiToken is not set, and http.host is not loopback');
    }
    // The browser of this host brings pages from elsewhere onto loopback; they say their own origin, and one whose
    // name was made to resolve to 127.0.0.1 (DNS rebinding) says that name.
    const { origin, host } = headers;
    if (!isLoopbackName(host) || (origin !== undefined && origin !== `http://${host ?? ''}`)) {
      throw new HttpProblem(403, 'changes are taken from programs and pages of this host only');
    }
  }
}
