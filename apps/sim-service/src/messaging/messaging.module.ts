import { Module, type DynamicModule } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ServiceModule } from '../http/service.module';
import { OPENAPI_DOCUMENT, OpenApiController } from '../openapi/openapi.controller';
import type { ModuleContext } from '../role/role-context';
import { BROKER, type Broker } from './broker';
import { MESSAGE_TTL_MILLIS } from './delivery.interceptor';
import { MessagingMetrics } from './metrics';
import { MetricsController, REGISTRY } from './metrics.controller';
import { Publisher } from './publisher';

export interface MessagingOptions {
  readonly context: ModuleContext;
  readonly role: 'producer' | 'consumer';
  readonly broker: Broker;
  readonly openApiDocument: object;
}

/** What producer and consumer have in common: the broker, metrics, and the OpenAPI document. */
@Module({})
export class MessagingModule {
  static forRoot({ role, broker, context, openApiDocument }: MessagingOptions): DynamicModule {
    const registry = new Registry();
    const metrics = new MessagingMetrics(registry, broker);
    const shared = [
      { provide: BROKER, useValue: broker },
      { provide: MessagingMetrics, useValue: metrics },
      { provide: Publisher, useValue: new Publisher(broker, metrics) },
      { provide: MESSAGE_TTL_MILLIS, useValue: context.config.broker.messageTtl },
    ];
    return {
      module: MessagingModule,
      global: true,
      imports: [ServiceModule.forRoot({ role, context, dependencies: [broker] })],
      controllers: [MetricsController, OpenApiController],
      providers: [
        ...shared,
        { provide: REGISTRY, useValue: registry },
        { provide: OPENAPI_DOCUMENT, useValue: openApiDocument },
      ],
      exports: shared.map(({ provide }) => provide),
    };
  }
}
