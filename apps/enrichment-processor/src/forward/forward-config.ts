import { type ConfigProblem, byteSize, configProblem, duration } from '@trace/runtime';
import { z } from 'zod';
import { bearerTokenSchema, checkBearerToken } from '../bearer-token-config';

const ENDPOINT = /^(unix:\/.+|(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5})$/;

const path = z.string().min(1);
const count = (max: number): z.ZodInt => z.int().min(1).max(max);

const tlsSchema = z
  .strictObject({
    ca: path
      .optional()
      .describe("PEM file, relative to this one: the CAs to trust in place of Node's own list."),
    certificate: path
      .optional()
      .describe('PEM file with what this program shows of itself (mTLS); set it together with `key`.'),
    key: path.optional().describe('PEM file with the private key of the certificate.'),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe("The name in the downstream's certificate, if it is not the endpoint's host."),
    reloadInterval: duration()
      .prefault('10s')
      .describe('How often the files are looked at; new connections use what they hold, if it can be used.'),
  })
  .describe('TLS 1.2 or newer to the downstream. Without it, plaintext.');

/** OTLP/gRPC out. Times are milliseconds, sizes bytes. */
export const forwardSchema = z.strictObject({
  endpoint: z
    .string()
    .regex(ENDPOINT, 'host:port such as "127.0.0.1:4327", or unix:/path/of/a/socket')
    .describe('The downstream: `host:port`, or `unix:/path` of a socket on the same host.'),
  transport: z
    .enum(['http2-unary', 'http2', 'grpc-js'])
    .default('http2-unary')
    .describe(
      'What the client is built on: `http2-unary` is our own HTTP/2, for unary calls only; `http2` is that of Node, and `grpc-js` the reference, each slower.',
    ),
  connections: count(64)
    .default(1)
    .describe('Connections that requests are spread over; one carries what one core can send.'),
  timeout: duration()
    .prefault('30s')
    .describe("A request is answered within this, or within the client's deadline if that is shorter."),
  connectTimeout: duration()
    .prefault('5s')
    .describe('From an attempt to connect to the first word of an HTTP/2 server (not with `grpc-js`).'),
  keepalive: duration()
    .prefault('6m')
    .describe(
      'A connection with requests under way is pinged this often; grpc-go servers cut off clients that do so more than once in five minutes.',
    ),
  keepaliveTimeout: duration()
    .prefault('10s')
    .describe('A connection on which a ping is not answered within this is given up.'),
  maxReconnect: duration().prefault('1s').describe('The longest pause between two attempts to connect.'),
  maxConcurrentRequests: count(1_000_000)
    .default(10_000)
    .describe('Requests under way downstream; one more gets RESOURCE_EXHAUSTED with RetryInfo.'),
  maxRequestBytes: byteSize()
    .prefault('80MiB')
    .describe(
      "The downstream's receive limit: a larger request is sent in parts, and acknowledged when all are.",
    ),
  maxResponseBytes: byteSize().prefault('1MiB').describe('A larger answer is an error.'),
  compression: z
    .enum(['none', 'gzip'])
    .default('none')
    .describe('What requests are compressed with; worth its CPU time only on a slow or metered network.'),
  tls: tlsSchema.optional(),
  bearerToken: bearerTokenSchema('Sent as `authorization: Bearer …` with every request.').optional(),
});

export type ForwardConfig = z.output<typeof forwardSchema>;

/** What one value alone cannot show. */
export function checkForward(file: string, { tls, bearerToken }: ForwardConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (tls !== undefined && (tls.certificate === undefined) !== (tls.key === undefined)) {
    const missing = tls.key === undefined ? 'key' : 'certificate';
    problems.push(
      configProblem(file, `forward.tls.${missing}`, undefined, 'certificate and key, or neither'),
    );
  }
  return [...problems, ...checkBearerToken(file, 'forward.bearerToken', bearerToken)];
}
