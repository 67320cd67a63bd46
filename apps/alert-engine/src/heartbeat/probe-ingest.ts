import { isIPv6 } from 'node:net';

/** The same port as the Collector's, on this host. */
export interface ProbedPort {
  /** What the receiver listens on; an address that means all of them is asked by way of loopback. */
  readonly host: string;
  readonly port: number;
  readonly timeoutMillis: number;
}

const ALL: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Exports a request without a single span over OTLP/HTTP; says what was wrong with the answer.
 * @throws Error when there is none
 */
export async function probeIngest({ host, port, timeoutMillis }: ProbedPort): Promise<string | undefined> {
  const address = ALL[host] ?? host;
  const response = await fetch(`http://${isIPv6(address) ? `[${address}]` : address}:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(),
    signal: AbortSignal.timeout(timeoutMillis),
  });
  await response.arrayBuffer();
  return response.ok ? undefined : `HTTP ${response.status}`;
}
