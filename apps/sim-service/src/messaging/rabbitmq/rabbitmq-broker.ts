import { connect, type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager';
import type { MessagingPeer } from '@trace/telemetry';
import type { ConfirmChannel } from 'amqplib';
import type { Logger } from 'pino';
import type { Config } from '../../config';
import { LinkState, type LinkStatus } from '../../links/link-state';
import { NotConfirmed, type Broker } from '../broker';
import { brokerLink } from '../broker-link';
import { peerOf } from '../broker-url';
import { headersOf, type Headers, type Message } from '../message';
import { publishOptions } from './codec';
import { RabbitMqDeadLetters } from './dead-letters';
import { HEARTBEAT_SECONDS, RECONNECT_SECONDS } from './link-options';
import { RabbitMqServer } from './server';
import { declareTopology, MESSAGES_EXCHANGE, RETRIES, sentTo } from './topology';

const TIMED_OUT = 'timeout';

/** Publishes and waits for the confirm. @throws NotConfirmed */
export type Publish = (
  exchange: string,
  routingKey: string,
  message: Message,
  headers: Headers,
) => Promise<void>;

/**
 * RabbitMQ. Publishing has a connection of its own, as the broker's documentation advises: when the
 * broker slows publishers down, it must not slow the consumer down with them.
 */
export class RabbitMqBroker implements Broker {
  readonly name = 'broker';
  readonly isRequired = true;
  readonly peer: MessagingPeer;
  readonly destinationOf = sentTo;
  readonly deadLetters: RabbitMqDeadLetters;
  private readonly link: LinkState;
  private connection: AmqpConnectionManager | undefined;
  private channel: ChannelWrapper | undefined;
  private server: RabbitMqServer | undefined;

  constructor(
    private readonly settings: Config['broker'],
    _role: string,
    private readonly logger: Logger,
  ) {
    this.peer = peerOf(settings.url);
    this.link = new LinkState(brokerLink(this.peer), logger);
    const publish: Publish = (...args) => this.confirmed(...args);
    this.deadLetters = new RabbitMqDeadLetters(() => this.channel, publish, settings.publishTimeout);
  }

  get state(): LinkStatus {
    if (this.server?.isConnected === false) return 'disconnected';
    return this.link.state;
  }

  connect(): void {
    const connection = connect([this.settings.url.href], {
      reconnectTimeInSeconds: RECONNECT_SECONDS,
      heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
    });
    connection.on('connectFailed', ({ err }) => {
      this.link.disconnected(err);
    });
    connection.on('disconnect', ({ err }) => {
      this.link.disconnected(err);
    });
    this.channel = connection.createChannel({
      publishTimeout: this.settings.publishTimeout,
      setup: (channel: ConfirmChannel) => declareTopology(channel, this.settings),
    });
    this.channel.on('connect', () => {
      this.link.connected();
    });
    // Asked again with every new connection, refused each time.
    this.channel.once('error', (error: unknown) => {
      this.logger.error({ err: error }, 'the broker refuses the exchanges and queues');
    });
    this.channel.on('error', () => undefined);
    this.connection = connection;
  }

  publish(message: Message): Promise<void> {
    return this.confirmed(MESSAGES_EXCHANGE, message.priority, message, headersOf(message));
  }

  publishLater(message: Message): Promise<void> {
    return this.confirmed(RETRIES, message.priority, message, headersOf(message));
  }

  createServer(maxConcurrent: number): RabbitMqServer {
    this.server = new RabbitMqServer(this.settings, maxConcurrent, this.logger);
    return this.server;
  }

  async close(): Promise<void> {
    await this.connection?.close();
  }

  private async confirmed(
    exchange: string,
    routingKey: string,
    message: Message,
    headers: Headers,
  ): Promise<void> {
    if (this.channel === undefined) throw new NotConfirmed('timeout', 'the broker is away');
    try {
      const content = Buffer.from(message.content);
      await this.channel.publish(exchange, routingKey, content, publishOptions(message, headers));
    } catch (error) {
      if (error instanceof Error && error.message === TIMED_OUT) {
        throw new NotConfirmed('timeout', 'the broker did not confirm in time', error);
      }
      throw new NotConfirmed('refused', 'the broker does not take the message', error);
    }
  }
}
