import type { DynamicModule } from '@nestjs/common';
import { listenError } from '@trace/runtime';
import { createApp, listen } from '../http/create-app';
import type { RoleContext } from '../role/role-context';
import { grpcOptions, type Api } from './grpc-options';

/** `/faults` is all that a gRPC service reads over HTTP. */
const MAX_CONTROL_BODY_BYTES = 16 * 1024;

/** Starts a role that offers its API over gRPC, with `/health` and `/faults` over HTTP. */
export async function startGrpcService(api: Api, context: RoleContext, module: DynamicModule): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const { http, grpc } = config[api];
  const app = await createApp(module, logger, MAX_CONTROL_BODY_BYTES);
  app.connectMicroservice(grpcOptions(api, `${grpc.host}:${grpc.port}`));
  try {
    await app.startAllMicroservices();
  } catch (error) {
    throw listenError(error, { ...grpc, setting: `${api}.grpc.port in ${configFile}` });
  }
  await listen(app, logger, {
    ...http,
    setting: `${api}.http.port in ${configFile}`,
  });
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
}
