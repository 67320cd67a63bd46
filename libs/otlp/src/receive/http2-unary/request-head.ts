import { MAX_HEADER_LIST_BYTES } from '../stream-receiver';

/** What of a request's headers anybody here asks for; the others are checked and counted, and not kept. */
const WANTED: ReadonlySet<string> = new Set([
  ':method',
  ':path',
  'content-type',
  'grpc-timeout',
  'grpc-encoding',
  'authorization',
]);
/** Of those that are there twice the first counts, as in node:http2; the values of others are joined. */
const FIRST_COUNTS: ReadonlySet<string> = new Set(['content-type', 'authorization']);
/** RFC 9113, section 8.3.1, without :protocol, which nobody has enabled. */
const PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':path', ':authority']);
/** Section 8.2.2: they are about a connection of HTTP/1.1. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
/** RFC 9110, section 5.6.2, in lower case (RFC 9113, section 8.2.1). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Section 8.2.1. */
const NOT_IN_VALUES = ['\0', '\r', '\n'] as const;

/** The headers of a request, or its trailers, as they are decoded: checked against RFC 9113, section 8.2 and 8.3. */
export class RequestHead {
  readonly headers = Object.create(null) as Record<string, string>;
  #bytes = 0;
  #pseudo = 0;
  #isRegular = false;
  #fault: string | undefined;

  constructor(private readonly kind: 'headers' | 'trailers') {}

  /** Of all names and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Why the request is malformed (section 8.1.1), once all fields are there; undefined if it is not. */
  get fault(): string | undefined {
    if (this.#fault !== undefined || this.kind === 'trailers') return this.#fault;
    const { ':method': method, ':path': path } = this.headers;
    if (method === undefined || path === undefined || path === '' || (this.#pseudo & SCHEME_BIT) === 0) {
      return 'a pseudo-header field is missing';
    }
    return undefined;
  }

  readonly add = (name: string, value: string): void => {
    this.#bytes += name.length + value.length;
    // It is refused for its length. A block of some KiB can stand for many MiB of fields, each a byte of it.
    if (this.#bytes > MAX_HEADER_LIST_BYTES) return;
    this.#fault ??= name.startsWith(':') ? this.#checkPseudo(name) : this.#checkRegular(name, value);
    this.#fault ??= checkValue(name, value);
    if (!WANTED.has(name)) return;
    const before = this.headers[name];
    if (before === undefined) this.headers[name] = value;
    else if (!FIRST_COUNTS.has(name)) this.headers[name] = `${before}, ${value}`;
  };

  #checkPseudo(name: string): string | undefined {
    if (!PSEUDO.has(name) || this.kind === 'trailers') return `${name.slice(0, 50)} has no place here`;
    if (this.#isRegular) return 'a pseudo-header field behind others';
    const bit = PSEUDO_BITS.get(name) ?? 0;
    if ((this.#pseudo & bit) !== 0) return `${name} twice`;
    this.#pseudo |= bit;
    return undefined;
  }

  #checkRegular(name: string, value: string): string | undefined {
    this.#isRegular = true;
    if (!NAME.test(name)) return 'a name that is none, or not in lower case';
    if (CONNECTION_SPECIFIC.has(name)) return `${name} has no place in HTTP/2`;
    if (name === 'te' && value !== 'trailers') return 'te may only be trailers';
    return undefined;
  }
}

function checkValue(name: string, value: string): string | undefined {
  if (!NOT_IN_VALUES.some((character) => value.includes(character))) return undefined;
  return `a value of ${name.slice(0, 50)} with a control character`;
}

const PSEUDO_BITS: ReadonlyMap<string, number> = new Map(
  [...PSEUDO].map((name, index) => [name, 1 << index]),
);
const SCHEME_BIT = PSEUDO_BITS.get(':scheme') ?? 0;
