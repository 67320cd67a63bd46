import { type OnReadOpts, type Socket, connect as connectSocket, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { addressOf } from './endpoint';
import type { TransportOptions } from './transport';

/** Begins to connect, with TLS and ALPN if that is asked for. `onread` works only without. */
export function openSocket({ endpoint, tls }: TransportOptions, onread?: OnReadOpts): Socket {
  const address = addressOf(endpoint);
  if (!tls) return connectSocket({ ...address, ...(onread && { onread }) });
  const { serverName, ...certificates } = tls();
  const name = serverName ?? ('host' in address ? address.host : 'localhost');
  return connectTls({
    ...address,
    ...certificates,
    ALPNProtocols: ['h2'],
    ...(isIP(name) === 0 && { servername: name }), // SNI knows no addresses
  });
}
