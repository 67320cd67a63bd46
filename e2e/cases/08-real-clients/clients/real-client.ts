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
