import { Module, type DynamicModule } from '@nestjs/common';
import { createApp, listen } from '../../http/create-app';
import type { Broker } from '../../messaging/broker';
import { createBroker } from '../../messaging/create-broker';
import { MessagingModule } from '../../messaging/messaging.module';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { ConsumerController } from './consumer.controller';
import { consumerDocument } from './consumer.openapi';
import { MessagesController, PROCESSING, type Processing } from './messages.controller';
import { Statistics } from './statistics';

/** Nothing but `/faults` has a body. */
const MAX_BODY_BYTES = 16 * 1024;

@Module({})
export class ConsumerModule {
  static forRoot(context: ModuleContext, broker: Broker): DynamicModule {
    const { config, live } = context;
    const processing: Processing = { times: config.consumer.processing };
    live.onChange(({ consumer }) => {
      processing.times = consumer.processing;
    });
    return {
      module: ConsumerModule,
      imports: [
        MessagingModule.forRoot({ role: 'consumer', broker, context, openApiDocument: consumerDocument }),
      ],
      controllers: [ConsumerController, MessagesController],
      providers: [
        { provide: Statistics, useValue: new Statistics(Date.now) },
        { provide: PROCESSING, useValue: processing },
      ],
    };
  }
}

export async function startConsumer(context: RoleContext): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const { http, maxConcurrent } = config.consumer;
  const broker = createBroker(config.broker, 'consumer', logger);
  const app = await createApp(ConsumerModule.forRoot(context, broker), logger, MAX_BODY_BYTES);
  app.connectMicroservice({ strategy: broker.createServer(maxConcurrent) });
  broker.connect();
  await app.startAllMicroservices();
  await listen(app, logger, { ...http, setting: `consumer.http.port in ${configFile}` });
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
  shutdown.add('close the broker', () => broker.close(), 2000);
}
