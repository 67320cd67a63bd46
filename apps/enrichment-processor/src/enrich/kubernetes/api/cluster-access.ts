import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent, type AgentOptions } from 'node:https';
import { ApiError } from './api-error';

/** Where the API server is and how to be let in. Files are named, not read: they are rotated while we run. */
export interface AccessSource {
  readonly server: URL;
  readonly serverName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly ca?: Material;
  readonly certificate?: Material;
  readonly key?: Material;
  /** Called again after the answer 401, and when it expires or a minute has gone by. */
  readonly token?: () => Promise<Token>;
}

export interface Token {
  readonly value: string;
  readonly expiresEpochMillis?: number;
}

/** PEM text, or the file that holds it. */
export type Material = { readonly pem: string } | { readonly file: string };

/** A bound service account token lives for an hour and its file is renewed well before; so is client-go's pace. */
const REREAD_MILLIS = 60_000;

/** What a request needs: an agent with the present certificates and the present token. */
export class ClusterAccess {
  #token: string | undefined;
  #tokenUntilMillis = 0;
  #asking: Promise<Token> | undefined;
  #tls: AgentOptions = {};
  #tlsUntilMillis = 0;
  #agent: Agent | undefined;

  constructor(
    readonly source: AccessSource,
    private readonly now: () => number = Date.now,
  ) {}

  get server(): URL {
    return this.source.server;
  }

  /** @throws ApiError `credentials` when it cannot be had */
  async token(): Promise<string | undefined> {
    const { token } = this.source;
    if (token === undefined) return undefined;
    if (this.#token === undefined || this.now() >= this.#tokenUntilMillis) {
      // Lists of several resources begin together: a credential plugin is run once for all of them.
      this.#asking ??= token().finally(() => (this.#asking = undefined));
      const { value, expiresEpochMillis } = await this.#asking.catch((cause: unknown) => {
        throw unreadable('the token', cause);
      });
      this.#token = value;
      this.#tokenUntilMillis = expiresEpochMillis ?? this.now() + REREAD_MILLIS;
    }
    return this.#token;
  }

  /** A new agent only when a certificate has changed; what runs on the old one runs on. */
  agent(): Agent {
    if (this.#agent !== undefined && this.now() < this.#tlsUntilMillis) return this.#agent;
    const { ca, certificate, key, serverName, insecureSkipTlsVerify } = this.source;
    const tls: AgentOptions = {
      ...(ca === undefined ? {} : { ca: readMaterial('the CA certificate', ca) }),
      ...(certificate === undefined ? {} : { cert: readMaterial('the client certificate', certificate) }),
      ...(key === undefined ? {} : { key: readMaterial('the client key', key) }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: insecureSkipTlsVerify !== true,
    };
    this.#tlsUntilMillis = this.now() + REREAD_MILLIS;
    if (this.#agent === undefined || !sameOptions(tls, this.#tls)) {
      this.#tls = tls;
      this.#agent = new Agent({ ...tls, keepAlive: true, keepAliveMsecs: 15_000 });
    }
    return this.#agent;
  }

  /** The server refused what it was shown: read everything again before the next request. */
  invalidate(): void {
    this.#tokenUntilMillis = 0;
    this.#tlsUntilMillis = 0;
  }

  close(): void {
    this.#agent?.destroy();
  }
}

/** A token in a file that whoever renews it writes anew. */
export function fileToken(file: string): () => Promise<Token> {
  return async () => ({ value: (await readFile(file, 'utf8')).trim() });
}

function readMaterial(what: string, material: Material): string {
  if ('pem' in material) return material.pem;
  try {
    return readFileSync(material.file, 'utf8');
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function unreadable(what: string, cause: unknown): ApiError {
  return new ApiError('credentials', `${what} cannot be read: ${(cause as Error).message}`);
}

function sameOptions(one: AgentOptions, other: AgentOptions): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}
