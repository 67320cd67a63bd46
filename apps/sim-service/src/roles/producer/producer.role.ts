import { Module, type DynamicModule } from '@nestjs/common';
import { createApp, listen } from '../../http/create-app';
import type { Broker } from '../../messaging/broker';
import { createBroker } from '../../messaging/create-broker';
import { MessagingModule } from '../../messaging/messaging.module';
import { Publisher } from '../../messaging/publisher';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { ProducerController } from './producer.controller';
import { producerDocument } from './producer.openapi';
import { SimulatedLoad } from './simulated-load';

@Module({})
export class ProducerModule {
  static forRoot(context: ModuleContext, broker: Broker): DynamicModule {
    const { config, logger } = context;
    return {
      module: ProducerModule,
      imports: [
        MessagingModule.forRoot({ role: 'producer', broker, context, openApiDocument: producerDocument }),
      ],
      controllers: [ProducerController],
      providers: [
        {
          provide: SimulatedLoad,
          useFactory: (publisher: Publisher) =>
            new SimulatedLoad(publisher, config.producer.maxInFlight, logger),
          inject: [Publisher],
        },
      ],
    };
  }
}

export async function startProducer(context: RoleContext): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const { http, maxBody } = config.producer;
  const broker = createBroker(config.broker, 'producer', logger);
  const app = await createApp(ProducerModule.forRoot(context, broker), logger, maxBody);
  broker.connect();
  await listen(app, logger, { ...http, setting: `producer.http.port in ${configFile}` });
  shutdown.add('end the load', () => app.get(SimulatedLoad).stop(), 6000);
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
  shutdown.add('close the broker', () => broker.close(), 2000);
}
