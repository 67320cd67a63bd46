import { createHash, timingSafeEqual } from 'node:crypto';
import { OtlpError } from '../status/otlp-error';
import { WatchedFiles } from '../tls/watched-files';

/** Where the token that clients must send comes from: its own text, or a file that may change. */
export type BearerTokenSource =
  { readonly token: string } | { readonly file: string; readonly reloadIntervalMillis?: number };

const SCHEME = /^bearer +(\S+)$/i;

/** The check of `authorization: Bearer …` (RFC 6750). Hashes are compared, in a time that tells nothing. */
export class BearerToken {
  #expected: Buffer = Buffer.alloc(0);
  #files: WatchedFiles<'token'> | undefined;

  constructor(
    private readonly source: BearerTokenSource,
    private readonly onReload: (error?: Error) => void,
  ) {}

  /** Throws if there is no token to be had. */
  start(): void {
    if ('token' in this.source) {
      this.#expect(this.source.token);
      return;
    }
    const { file, reloadIntervalMillis } = this.source;
    this.#files = new WatchedFiles(
      { token: file },
      ({ token }) => {
        this.#expect(token.toString());
      },
      this.onReload,
    );
    this.#files.start(reloadIntervalMillis);
  }

  stop(): void {
    this.#files?.stop();
  }

  /** Undefined if the header's token is the expected one. */
  refusal(authorization: string | undefined): OtlpError | undefined {
    const sent = SCHEME.exec(authorization ?? '')?.[1];
    if (sent === undefined) return new OtlpError('UNAUTHENTICATED', 'send authorization: Bearer <token>');
    if (timingSafeEqual(digest(sent), this.#expected)) return undefined;
    return new OtlpError('UNAUTHENTICATED', 'this bearer token is not accepted');
  }

  #expect(text: string): void {
    const token = text.trim();
    if (!/^\S+$/.test(token)) throw new Error('a bearer token must not be empty nor have spaces in it');
    this.#expected = digest(token);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
