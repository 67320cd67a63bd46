interface CodeRow {
  /** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
  readonly grpc: number;
  /** OTLP/HTTP status of the same meaning. */
  readonly http: number;
  /** https://opentelemetry.io/docs/specs/otlp/#failures: may the client send the same data again? */
  readonly retry: 'yes' | 'no' | 'with-retry-info';
}

/** The one place that says what a status is called in gRPC and in HTTP, and who may try again. */
export const CODES = {
  CANCELLED: { grpc: 1, http: 503, retry: 'yes' },
  UNKNOWN: { grpc: 2, http: 500, retry: 'no' },
  INVALID_ARGUMENT: { grpc: 3, http: 400, retry: 'no' },
  DEADLINE_EXCEEDED: { grpc: 4, http: 504, retry: 'yes' },
  NOT_FOUND: { grpc: 5, http: 404, retry: 'no' },
  ALREADY_EXISTS: { grpc: 6, http: 409, retry: 'no' },
  PERMISSION_DENIED: { grpc: 7, http: 403, retry: 'no' },
  RESOURCE_EXHAUSTED: { grpc: 8, http: 429, retry: 'with-retry-info' },
  FAILED_PRECONDITION: { grpc: 9, http: 400, retry: 'no' },
  ABORTED: { grpc: 10, http: 503, retry: 'yes' },
  OUT_OF_RANGE: { grpc: 11, http: 503, retry: 'yes' },
  UNIMPLEMENTED: { grpc: 12, http: 404, retry: 'no' },
  INTERNAL: { grpc: 13, http: 500, retry: 'no' },
  UNAVAILABLE: { grpc: 14, http: 503, retry: 'yes' },
  DATA_LOSS: { grpc: 15, http: 503, retry: 'yes' },
  UNAUTHENTICATED: { grpc: 16, http: 401, retry: 'no' },
} as const satisfies Record<string, CodeRow>;

export type OtlpCode = keyof typeof CODES;

const BY_GRPC = new Map(Object.entries(CODES).map(([code, row]) => [row.grpc as number, code as OtlpCode]));

/** Numbers that gRPC does not define mean UNKNOWN, as in every gRPC client. */
export function codeOfGrpcStatus(status: number): OtlpCode {
  return BY_GRPC.get(status) ?? 'UNKNOWN';
}
