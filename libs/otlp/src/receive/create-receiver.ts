import type { ExportHandler } from './export-call';
import { GrpcJsReceiver } from './grpc-js-receiver';
import type { GrpcReceiver, ReceiverEvents, ReceiverOptions } from './grpc-receiver';
import { OtlpReceiver } from './otlp-receiver';

/** `http2` is the one to run; `grpc-js` is the reference that its behaviour is compared with. */
export const TRANSPORTS = ['http2', 'grpc-js'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export function createReceiver(
  transport: Transport,
  options: ReceiverOptions,
  handler: ExportHandler,
  events: ReceiverEvents = {},
): GrpcReceiver {
  const Receiver = transport === 'http2' ? OtlpReceiver : GrpcJsReceiver;
  return new Receiver(options, handler, events);
}
