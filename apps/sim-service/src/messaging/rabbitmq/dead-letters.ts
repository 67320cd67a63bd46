import type { ChannelWrapper } from 'amqp-connection-manager';
import type { GetMessage } from 'amqplib';
import { NotConfirmed, type DeadLetters } from '../broker';
import { deadLetterHeadersOf, type DeadLetter } from '../message';
import { receivedLetter } from './codec';
import type { Publish } from './rabbitmq-broker';
import { DEAD_LETTERS } from './topology';

/**
 * A queue: to look at a letter is to take it and to put it back where it was. One look at a time,
 * since a second would find nothing while the first has everything.
 */
export class RabbitMqDeadLetters implements DeadLetters {
  readonly destination = DEAD_LETTERS;
  private looking: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly channel: () => ChannelWrapper | undefined,
    private readonly publish: Publish,
    private readonly timeoutMillis: number,
  ) {}

  async add(letter: DeadLetter): Promise<void> {
    const { message } = letter;
    await this.publish(DEAD_LETTERS, message.priority, message, deadLetterHeadersOf(letter));
  }

  list(limit: number): Promise<DeadLetter[]> {
    return this.look((received) => Promise.resolve(received.map(receivedLetter)), limit);
  }

  take(messageId: string, use: (letter: DeadLetter) => Promise<void>): Promise<boolean> {
    return this.look(async (received, channel) => {
      const index = received.findIndex((each) => receivedLetter(each).message.id === messageId);
      const [found] = index === -1 ? [] : received.splice(index, 1);
      if (found === undefined) return false;
      try {
        await use(receivedLetter(found));
      } catch (error) {
        received.splice(index, 0, found);
        throw error;
      }
      channel.ack(found);
      return true;
    });
  }

  /** Hands over the letters; those that are still in the list afterwards go back to their places. */
  private look<T>(
    run: (received: GetMessage[], channel: ChannelWrapper) => Promise<T>,
    limit = Number.MAX_SAFE_INTEGER,
  ): Promise<T> {
    const result = this.looking.then(async () => {
      const channel = await this.connected();
      const received: GetMessage[] = [];
      try {
        while (received.length < limit) {
          const next = await channel.get(DEAD_LETTERS, { noAck: false });
          if (next === false) break;
          received.push(next);
        }
        return await run(received, channel);
      } finally {
        for (const each of received) channel.nack(each, false, true);
      }
    });
    this.looking = result.catch(() => undefined);
    return result;
  }

  private async connected(): Promise<ChannelWrapper> {
    const channel = this.channel();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new NotConfirmed('timeout', 'the broker is away'));
      }, this.timeoutMillis);
    });
    try {
      await Promise.race([channel?.waitForConnect(), deadline]);
    } finally {
      clearTimeout(timer);
    }
    if (channel === undefined) throw new NotConfirmed('timeout', 'the broker is away');
    return channel;
  }
}
