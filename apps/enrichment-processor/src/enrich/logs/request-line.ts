/** What a request line says; a part that is not there or makes no sense is left out. */
export interface RequestLine {
  /** A token as RFC 9110 has it, in the client's spelling. */
  readonly method?: string;
  readonly path?: string;
  /** Without the question mark; never empty. */
  readonly query?: string;
  /** Of a target in absolute form, `GET http://host:80/path`; the next two also of CONNECT's. */
  readonly scheme?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** `1.0`, `1.1`, `2`, `3`. */
  readonly protocolVersion?: string;
}

const METHOD = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/;
const PROTOCOL = /^HTTP\/(\d)(?:\.(\d))?$/;
const AUTHORITY = /^(\[[0-9a-fA-F:.]{2,45}\]|[^:[\]@\s]{1,255})(?::(\d{1,5}))?$/;
const MAX_PORT = 65_535;
const ABSOLUTE = /^(https?):\/\/([^/?]{1,300})/i;

/**
 * Reads `GET /path?query HTTP/1.1`. The protocol is missing in HTTP/0.9; a target with spaces in it, which bad
 * clients send and servers log, is kept whole. Anything else (TLS sent to a plain port, say) gives nothing.
 */
export function parseRequestLine(line: string): RequestLine {
  const methodEnd = line.indexOf(' ');
  if (methodEnd < 0) return {};
  const method = line.slice(0, methodEnd);
  const lastSpace = line.lastIndexOf(' ');
  const protocol = PROTOCOL.exec(line.slice(lastSpace + 1));
  const target = line.slice(methodEnd + 1, protocol === null ? undefined : lastSpace);
  const wellFormed = METHOD.test(method) && target !== '' && (protocol !== null || !target.includes(' '));
  if (!wellFormed) return {};
  return {
    method,
    ...(method === 'CONNECT' ? parseAuthority(target) : parseTarget(target)),
    ...(protocol !== null && { protocolVersion: versionOf(protocol) }),
  };
}

/** As the conventions write it: 1.0 and 1.1, but 2 and 3, which nginx logs as 2.0 and 3.0. */
function versionOf([, major = '', minor = '0']: RegExpExecArray): string {
  return Number(major) >= 2 ? major : `${major}.${minor}`;
}

function parseTarget(target: string): RequestLine {
  const absolute = ABSOLUTE.exec(target);
  if (absolute === null) return target.startsWith('/') ? parsePath(target) : {};
  const [whole, scheme = '', authority = ''] = absolute;
  const path = target.slice(whole.length);
  return {
    scheme: scheme.toLowerCase(),
    ...parseAuthority(authority),
    ...parsePath(path.startsWith('/') ? path : `/${path}`),
  };
}

function parsePath(target: string): RequestLine {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target };
  const query = target.slice(mark + 1);
  return { path: target.slice(0, mark), ...(query !== '' && { query }) };
}

function parseAuthority(authority: string): RequestLine {
  const match = AUTHORITY.exec(authority);
  if (match === null) return {};
  const [, host = '', port] = match;
  return {
    serverAddress: host.replace(/^\[|\]$/g, ''),
    ...(Number(port) <= MAX_PORT && { serverPort: Number(port) }),
  };
}
