/** Where to connect, in the words of node:net. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

const UNIX = 'unix:';

/** Reads `host:port`, `[v6 address]:port` or `unix:/path`. The configuration has checked the form. */
export function addressOf(endpoint: string): Address {
  if (endpoint.startsWith(UNIX)) return { path: endpoint.slice(UNIX.length) };
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(endpoint.slice(colon + 1)) };
}

/** What a request's `:authority` says; a socket has no host, and gRPC clients then say localhost. */
export function authorityOf(endpoint: string): string {
  return endpoint.startsWith(UNIX) ? 'localhost' : endpoint;
}
