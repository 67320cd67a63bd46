import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { listenError, type ListenTarget } from '@trace/runtime';
import { createNestLogger } from '@trace/telemetry/logging';
import type { Logger } from 'pino';
import { ProblemFilter } from '../problem/problem.filter';

/** A role's HTTP side, not listening yet: limits, problem+json. */
export async function createApp(
  module: DynamicModule,
  logger: Logger,
  maxBodyBytes: number,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger: createNestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.useBodyParser('json', { limit: maxBodyBytes });
  app.useGlobalFilters(new ProblemFilter(logger));
  return app;
}

/** @throws ListenError when the address cannot be had. */
export async function listen(
  app: NestExpressApplication,
  logger: Logger,
  { host, port, setting }: ListenTarget,
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw listenError(error, { host, port, setting });
  }
  const address = app.getHttpServer().address() as { port: number };
  logger.info({ host, port: address.port }, 'listening');
}
