import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { withMessageSizes } from '@trace/telemetry/nestjs';

export type Api = 'users' | 'orders';

const PROTO_FOLDER = join(__dirname, '../../proto');
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** One API of proto/, as a server at `address` offers it and as a client there calls it. */
export function grpcOptions(api: Api, address: string): GrpcOptions & { transport: Transport.GRPC } {
  return {
    transport: Transport.GRPC,
    options: {
      package: `trace.samples.${api}.v1`,
      packageDefinition: withMessageSizes(
        loadSync(join(PROTO_FOLDER, `${api}.proto`), { defaults: true, arrays: true }),
      ),
      url: address,
      maxReceiveMessageLength: MAX_MESSAGE_BYTES,
      maxSendMessageLength: MAX_MESSAGE_BYTES,
      gracefulShutdown: true,
    },
  };
}
