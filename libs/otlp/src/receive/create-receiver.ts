import { createRequire } from 'node:module';
import type { ExportHandler } from './export-call';
import type { GrpcReceiver, ReceiverEvents, ReceiverOptions } from './grpc-receiver';
import { UnaryReceiver } from './http2-unary/unary-receiver';

/** `http2-unary` is the one to run; `http2` and `grpc-js` are the references that its behaviour is compared with. */
export const TRANSPORTS = ['http2-unary', 'http2', 'grpc-js'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** The references are loaded when they are asked for: each takes some MiB of a process (docs/performance.md). */
const load = createRequire(__filename);

export function createReceiver(
  transport: Transport,
  options: ReceiverOptions,
  handler: ExportHandler,
  events: ReceiverEvents = {},
): GrpcReceiver {
  return new (receiverOn(transport))(options, handler, events);
}

type ReceiverClass = new (
  options: ReceiverOptions,
  handler: ExportHandler,
  events: ReceiverEvents,
) => GrpcReceiver;

function receiverOn(transport: Transport): ReceiverClass {
  switch (transport) {
    case 'http2-unary':
      return UnaryReceiver;
    case 'http2':
      return (load('./http2-receiver') as typeof import('./http2-receiver')).Http2Receiver;
    case 'grpc-js':
      return (load('./grpc-js-receiver') as typeof import('./grpc-js-receiver')).GrpcJsReceiver;
  }
}
