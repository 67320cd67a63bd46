import { countRecords, OtlpError } from '@trace/otlp';

/** One message of the stream in our hands: an OTLP request (ExportLogsServiceRequest) as a service has published it. */
export interface HeldMessage {
  readonly data: Uint8Array;
  readonly records: number;
  /** The Collector has it. */
  ack(): void;
  /** It is not delivered again, whatever becomes of it: for what the Collector never takes. */
  term(reason: string): void;
  /** It is delivered again, at once. */
  release(): void;
}

/** Log records of a request; undefined when the bytes are none. */
export function recordsIn(data: Uint8Array): number | undefined {
  try {
    return countRecords('logs', Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  } catch (error) {
    if (error instanceof OtlpError) return undefined;
    throw error;
  }
}
