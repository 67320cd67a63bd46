import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import type { DeadLetters } from '../broker';
import { deadLetterHeadersOf, deadLetterOf, type DeadLetter } from '../message';
import type { JetStreamConnection } from './connection';
import type { Publish } from './jetstream-broker';
import { fromNats } from './pull-queue';
import { DEAD_LETTERS, deadLetterSubjectOf } from './topology';

/** A stream with a subject for each message: a letter is found by its message's id. */
export class JetStreamDeadLetters implements DeadLetters {
  readonly destination = DEAD_LETTERS;

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publish: Publish,
    private readonly timeoutMillis: number,
  ) {}

  async add(letter: DeadLetter): Promise<void> {
    const { id, content } = letter.message;
    const storeOnceAs = `${id}/${letter.message.sentAtMillis}`;
    await this.publish(deadLetterSubjectOf(id), deadLetterHeadersOf(letter), content, storeOnceAs);
  }

  async list(limit: number): Promise<DeadLetter[]> {
    const jsm = await this.manager();
    const { state } = await jsm.streams.info(DEAD_LETTERS);
    if (state.messages === 0) return [];
    const letters: DeadLetter[] = [];
    const batch = await jsm.direct.getBatch(DEAD_LETTERS, { seq: 1, batch: limit });
    for await (const stored of batch) letters.push(letterOf(stored));
    return letters;
  }

  async take(messageId: string, use: (letter: DeadLetter) => Promise<void>): Promise<boolean> {
    const jsm = await this.manager();
    const stored = await jsm.streams.getMessage(DEAD_LETTERS, {
      last_by_subj: deadLetterSubjectOf(messageId),
    });
    if (stored === null) return false;
    await use(letterOf(stored));
    await jsm.streams.deleteMessage(DEAD_LETTERS, stored.seq);
    return true;
  }

  private async manager(): Promise<JetStreamManager> {
    return (await this.connection.until(Date.now() + this.timeoutMillis)).jsm;
  }
}

function letterOf(stored: StoredMsg): DeadLetter {
  return deadLetterOf(fromNats(stored.header), stored.string(), {
    priority: 'normal',
    sentAtMillis: stored.time.getTime(),
    reason: 'unknown',
  });
}
