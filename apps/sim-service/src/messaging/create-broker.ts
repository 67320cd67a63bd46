import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Broker } from './broker';
import { JetStreamBroker } from './jetstream/jetstream-broker';
import { RabbitMqBroker } from './rabbitmq/rabbitmq-broker';

export function createBroker(settings: Config['broker'], role: string, logger: Logger): Broker {
  const Kind = settings.url.protocol === 'nats:' ? JetStreamBroker : RabbitMqBroker;
  return new Kind(settings, role, logger);
}
