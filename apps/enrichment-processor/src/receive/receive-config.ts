import { TRANSPORTS } from '@trace/otlp';
import { type ConfigProblem, byteSize, configProblem, duration, isLoopback } from '@trace/runtime';
import { z } from 'zod';
import { bearerTokenSchema, checkBearerToken } from '../bearer-token-config';

const port = z.int().min(0).max(65535);
const count = (max: number): z.ZodInt => z.int().min(1).max(max);
const path = z.string().min(1);

const tlsSchema = z
  .strictObject({
    certificate: path.describe(
      'PEM file, relative to this one: the certificate, then those that lead to its CA.',
    ),
    key: path.describe('PEM file with the private key of the certificate.'),
    clientCa: path
      .optional()
      .describe(
        'PEM file with the CAs of clients. When set, a client must have a certificate of one (mTLS).',
      ),
    reloadInterval: duration()
      .prefault('10s')
      .describe('How often the files are looked at; new handshakes get what they hold, if it can be used.'),
  })
  .describe('TLS 1.2 or newer. Without it, requests come in plaintext.');

/** OTLP/gRPC in. Times are milliseconds, sizes bytes. */
export const receiveSchema = z
  .strictObject({
    transport: z
      .enum(TRANSPORTS)
      .default('http2-unary')
      .describe(
        'What the server is built on: `http2-unary` is our own HTTP/2, for unary calls only; `http2` is that of Node, and `grpc-js` the reference with looser limits, each slower.',
      ),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on; others than loopback only together with TLS or a network you trust.'),
    port: port.default(4319).describe('TCP port; 0 picks a free one.'),
    socket: path
      .optional()
      .describe(
        'Unix-domain socket to listen on instead of host and port, for clients on the same host; made with permissions 0660.',
      ),
    maxReceiveBytes: byteSize()
      .prefault('64MiB')
      .describe('One request, before and after decompression; a larger one is refused for good.'),
    maxInFlightBytes: byteSize()
      .prefault('128MiB')
      .describe(
        'All requests that are not yet answered; over it, RESOURCE_EXHAUSTED with RetryInfo. One connection may hold half.',
      ),
    maxConnections: count(10_000)
      .default(64)
      .describe('Open connections; one more closes the one that has been idle longest.'),
    maxConcurrentStreamsPerConnection: count(10_000)
      .default(100)
      .describe('Requests under way on one connection.'),
    receiveTimeout: duration().prefault('30s').describe("From a request's headers to its last byte."),
    handshakeTimeout: duration()
      .prefault('10s')
      .describe('From a connection to its first byte, or with TLS to the end of the handshake.'),
    keepalive: duration()
      .prefault('30s')
      .describe('A connection is pinged this often, and closed when a ping is not answered before the next.'),
    maxConnectionAge: duration()
      .optional()
      .describe(
        'After this, give or take a tenth, a client is told to connect again, so that load spreads over replicas; never, unless set.',
      ),
    maxConnectionAgeGrace: duration()
      .prefault('30s')
      .describe('How long the requests of such a connection may still run; then they get UNAVAILABLE.'),
    retryAfter: duration()
      .prefault('1s')
      .describe('What a client is told to wait when the limit on bytes in flight is reached.'),
    tls: tlsSchema.optional(),
    bearerToken: bearerTokenSchema(
      'What clients must send as `authorization: Bearer …`; others get UNAUTHENTICATED.',
    ).optional(),
  })
  .prefault({});

export type ReceiveConfig = z.output<typeof receiveSchema>;

/** What one value alone cannot show. */
export function checkReceive(file: string, receive: ReceiveConfig): ConfigProblem[] {
  const { maxReceiveBytes, maxInFlightBytes, socket, tls, bearerToken } = receive;
  const problems: ConfigProblem[] = [];
  if (maxInFlightBytes < maxReceiveBytes) {
    const expected = `at least receive.maxReceiveBytes (${maxReceiveBytes} bytes)`;
    problems.push(configProblem(file, 'receive.maxInFlightBytes', maxInFlightBytes, expected));
  }
  if (socket !== undefined && tls !== undefined) {
    const expected = 'no socket together with receive.tls: what stays on one host needs no TLS';
    problems.push(configProblem(file, 'receive.socket', socket, expected));
  }
  return [...problems, ...checkBearerToken(file, 'receive.bearerToken', bearerToken)];
}

/** The line to log at start when others on the network can read and send; undefined if they cannot. */
export function plaintextWarning({ host, socket, tls, bearerToken }: ReceiveConfig): string | undefined {
  if (socket !== undefined || tls !== undefined || host === 'localhost' || isLoopback(host)) return undefined;
  const risk = bearerToken === undefined ? 'anybody who reaches it can send' : 'the bearer token can be read';
  return `receive.host ${host} is reachable from other hosts without TLS: what arrives can be read on the way, and ${risk}; set receive.tls, or a loopback host`;
}
