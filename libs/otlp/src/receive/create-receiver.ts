import { createRequire } from 'node:module';
import type { ExportHandler } from './export-call';
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
  const Receiver = transport === 'http2' ? OtlpReceiver : grpcJsReceiver();
  return new Receiver(options, handler, events);
}

/** Loaded when it is asked for: grpc-js takes 4 MiB of a process (docs/performance.md). */
function grpcJsReceiver(): typeof import('./grpc-js-receiver').GrpcJsReceiver {
  return (createRequire(__filename)('./grpc-js-receiver') as typeof import('./grpc-js-receiver'))
    .GrpcJsReceiver;
}
