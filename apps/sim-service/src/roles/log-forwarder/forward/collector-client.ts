import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { reasonOf } from '@trace/runtime';
import type { LinkState } from '../../../links/link-state';
import { failureOf, type Outcome } from './outcome';

const PROTOBUF = 'application/x-protobuf';
const MAX_DETAIL_CHARACTERS = 300;

/** Sends requests to the Collector over OTLP/HTTP, one at a time; makes no spans of its own. */
export class CollectorClient {
  private readonly url: string;

  constructor(
    endpoint: URL,
    private readonly timeoutMillis: number,
    private readonly link: LinkState,
  ) {
    this.url = `${endpoint.href.replace(/\/$/, '')}/v1/logs`;
  }

  /** @param body an ExportLogsServiceRequest; an empty one asks whether the Collector is there */
  async post(body: Uint8Array): Promise<Outcome> {
    const outcome = await context.with(suppressTracing(context.active()), () => this.attempt(body));
    if (outcome.kind === 'retryable') this.link.disconnected(outcome.detail);
    else this.link.connected();
    return outcome;
  }

  private async attempt(body: Uint8Array): Promise<Outcome> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': PROTOBUF },
        body: Uint8Array.from(body),
        signal: AbortSignal.timeout(this.timeoutMillis),
      });
      const answer = new Uint8Array(await response.arrayBuffer());
      if (response.ok) return acceptance(answer);
      return failureOf(
        response.status,
        `${response.status} ${textOf(answer)}`.trim(),
        response.headers.get('retry-after'),
        Date.now(),
      );
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return {
        kind: 'retryable',
        reason: 'connection',
        detail: reasonOf(cause),
        retryAfterMillis: undefined,
      };
    }
  }
}

/** An answer that cannot be read came with a success all the same. */
function acceptance(answer: Uint8Array): Outcome {
  let partial;
  try {
    partial = ProtobufLogsSerializer.deserializeResponse(answer).partialSuccess;
  } catch {
    partial = undefined;
  }
  return {
    kind: 'accepted',
    rejectedRecords: partial?.rejectedLogRecords ?? 0,
    detail: (partial?.errorMessage ?? '').slice(0, MAX_DETAIL_CHARACTERS),
  };
}

/** A google.rpc.Status in protobuf: what can be read of it is its message. */
function textOf(answer: Uint8Array): string {
  return Buffer.from(answer.subarray(0, MAX_DETAIL_CHARACTERS))
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim();
}
