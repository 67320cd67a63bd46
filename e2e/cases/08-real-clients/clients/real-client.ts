import { spawn, spawnSync } from 'node:child_process';
import type { Signal } from '@trace/otlp';
import type { CertificateFiles } from '../../../support/certificates.ts';

/** How many records of each signal, how large and how fast; each carries `e2e.id`, 0 to count - 1. */
export interface Work {
  readonly service: string;
  readonly port: number;
  readonly compression: string;
  /** Records of each signal in a round. A client that can, exports each round by itself. */
  readonly perRound: number;
  readonly rounds: number;
  readonly pauseMillis: number;
  /** An attribute of this many characters on each record. */
  readonly paddingCharacters: number;
  readonly tls?: { readonly files: CertificateFiles; readonly mutual: boolean };
  /** The server may be away until this settles; a client that does not wait that long by itself ends only then. */
  readonly until?: Promise<unknown>;
}

/** How many records a client says that it gave up, because nobody listened as often as it tried. */
export type GivenUp = Readonly<Partial<Record<Signal, number>>>;

/** Somebody else's OTLP/gRPC client, as its users install it. */
export interface RealClient {
  readonly name: string;
  /** What its exporter can do: `none`, `gzip`, `zstd`. */
  readonly compressions: readonly string[];
  /** The programs that must be on this machine to install and run it. */
  readonly needs: readonly string[];
  /** Gets it from its registry, into a cache outside the checkout. */
  install(): Promise<void>;
  /** Sends, and resolves when the client says that it is done. */
  send(work: Work): Promise<GivenUp>;
}

/** Those of the programs that are not on this machine. */
export function notInstalled(programs: readonly string[]): string[] {
  return programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  /** Its standard input ends when this settles; at once if there is none. */
  readonly inputUntil?: Promise<unknown>;
}

/** Of its output: a client may log a stack trace for each batch that it gives up. */
const KEPT_CHARACTERS = 200_000;

/** Runs a program to its end; its output is in the error if that is not a good one. */
export async function run(
  file: string,
  args: readonly string[],
  { env = {}, timeoutMillis, inputUntil = Promise.resolve() }: RunOptions,
): Promise<string> {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMillis,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => undefined); // it has ended and reads no more
  void inputUntil
    .catch(() => undefined)
    .then(() => {
      child.stdin.end();
    });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${file} ended with ${code ?? 'a signal'}: ${output.slice(-4000)}`);
  return output;
}

/** The variables by which OpenTelemetry's SDKs are set up. */
export function sdkEnvironment({ service, port, compression, tls }: Work): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_INSECURE: tls ? 'false' : 'true',
    // Python's knows no word for none.
    ...(compression !== 'none' && { OTEL_EXPORTER_OTLP_COMPRESSION: compression }),
    OTEL_EXPORTER_OTLP_TIMEOUT: '30000',
    ...(tls && { OTEL_EXPORTER_OTLP_CERTIFICATE: tls.files.ca }),
    ...(tls?.mutual === true && {
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: tls.files.clientCertificate,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: tls.files.clientKey,
    }),
  };
}

/** What the sender programs beside this file read. */
export function workEnvironment({
  perRound,
  rounds,
  pauseMillis,
  paddingCharacters,
}: Work): Record<string, string> {
  return {
    E2E_PER_ROUND: String(perRound),
    E2E_ROUNDS: String(rounds),
    E2E_PAUSE_MILLIS: String(pauseMillis),
    E2E_PADDING_CHARACTERS: String(paddingCharacters),
  };
}
