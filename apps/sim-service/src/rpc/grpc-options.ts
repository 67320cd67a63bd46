import { join } from 'node:path';
import { Transport, type GrpcOptions } from '@nestjs/microservices';

export type Api = 'users' | 'orders';

const PROTO_FOLDER = join(__dirname, '../../proto');
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** One API of proto/, as a server at `address` offers it and as a client there calls it. */
export function grpcOptions(api: Api, address: string): GrpcOptions & { transport: Transport.GRPC } {
  return {
    transport: Transport.GRPC,
    options: {
      package: `trace.samples.${api}.v1`,
      protoPath: join(PROTO_FOLDER, `${api}.proto`),
      url: address,
      loader: { defaults: true, arrays: true },
      maxReceiveMessageLength: MAX_MESSAGE_BYTES,
      maxSendMessageLength: MAX_MESSAGE_BYTES,
      gracefulShutdown: true,
    },
  };
}
