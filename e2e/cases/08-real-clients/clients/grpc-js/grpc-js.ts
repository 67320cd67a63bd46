import { join } from 'node:path';
import { run } from '../../../../support/commands.ts';
import { root } from '../../../../support/paths.ts';
import { type GivenUp, type RealClient, type Work, sdkEnvironment, workEnvironment } from '../real-client.ts';

const PROGRAM = join(root, 'e2e/cases/08-real-clients/clients/grpc-js/send.mjs');
const SEND_MILLIS = 180_000;

/** grpc-js below OpenTelemetry's exporters; they came from npm with this package's dependencies. */
export class GrpcJsClient implements RealClient {
  readonly name = 'grpc-js';
  readonly compressions = ['none', 'gzip'];
  readonly needs = [];

  install(): Promise<void> {
    return Promise.resolve();
  }

  async send(work: Work): Promise<GivenUp> {
    await run(process.execPath, [PROGRAM], {
      env: { ...sdkEnvironment(work), ...workEnvironment(work) },
      timeoutMillis: SEND_MILLIS,
    });
    return {};
  }
}
