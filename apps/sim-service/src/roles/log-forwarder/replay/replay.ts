import { reasonOf } from '@trace/runtime';
import type { JetStreamConnection } from '../../../messaging/jetstream/connection';
import { Batch, type BatchLimits } from '../forward/batch';
import { Forwarder, type ForwarderEvents, type ForwarderOptions } from '../forward/forwarder';
import { recordsIn, type HeldMessage } from '../forward/held-message';
import type { ReplaySettings, ReplayState } from './replay.schema';
import { storedMessages, type StoredMessages, type Window } from './stored-messages';

/** The Collector and NATS may be away for so long. */
const GIVE_UP_MILLIS = 60_000;
const CONNECT_MILLIS = 5000;

export interface ReplayOptions extends Pick<ForwarderOptions, 'post' | 'maxRetryDelayMillis'> {
  readonly limits: BatchLimits;
  /** What is in the stream. */
  readonly stored: (window: Window) => Promise<StoredMessages>;
}

/** From the stream, by time, to the Collector once more; one replay at a time. */
export class Replay {
  private settings: ReplaySettings | null = null;
  private counts = noCounts();
  private dropped: Record<string, number> = {};
  private failure: string | null = null;
  private stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: ReplayOptions) {}

  get state(): ReplayState {
    return {
      running: this.running !== undefined,
      settings: this.settings,
      messages: this.counts.messages,
      messages_read: this.counts.messagesRead,
      records_read: this.counts.recordsRead,
      records_forwarded: this.counts.recordsForwarded,
      records_dropped: { ...this.dropped },
      failure: this.failure,
    };
  }

  /** False when one runs already. @throws NotConfirmed when the broker is away */
  async start(settings: ReplaySettings): Promise<boolean> {
    if (this.running !== undefined) return false;
    this.settings = settings;
    this.counts = noCounts();
    this.dropped = {};
    this.failure = null;
    this.stopping = new AbortController();
    const { since, until = new Date().toISOString(), service } = settings;
    const begun = this.options.stored({ since, until, service });
    this.running = begun
      .then((stored) => this.run(stored, settings.dry_run))
      .catch((error: unknown) => {
        this.failure ??= reasonOf(error);
      })
      .finally(() => {
        this.running = undefined;
      });
    await begun;
    return true;
  }

  /** Resolves when the request that is under way has been answered, or given up. */
  async stop(): Promise<void> {
    if (this.running === undefined) return;
    this.failure ??= 'stopped';
    this.stopping.abort();
    await this.running;
  }

  private async run(stored: StoredMessages, isDry: boolean): Promise<void> {
    const { limits, post, maxRetryDelayMillis } = this.options;
    const { signal } = this.stopping;
    this.counts.messages = stored.count;
    const forwarder = new Forwarder({
      post,
      maxRetryDelayMillis,
      giveUpAfterMillis: GIVE_UP_MILLIS,
      signal,
      events: this.events(),
    });
    let batch = new Batch<HeldMessage>(limits);
    const send = async (): Promise<void> => {
      const { messages } = batch;
      batch = new Batch(limits);
      if (isDry || messages.length === 0 || this.failure !== null) return;
      this.failure ??= (await forwarder.forward(messages)) ?? null;
    };
    for await (const { data } of stored.read(signal)) {
      const message = this.take(data);
      if (message === undefined) continue;
      if (!batch.hasRoomFor(message)) await send();
      if (this.failure !== null) return;
      batch.add(message);
    }
    await send();
  }

  private take(data: Uint8Array): HeldMessage | undefined {
    this.counts.messagesRead += 1;
    const records = recordsIn(data);
    if (records === undefined) {
      this.drop(1, 'malformed');
      return undefined;
    }
    this.counts.recordsRead += records;
    return { data, records, ack: nothing, term: nothing, release: nothing };
  }

  private events(): ForwarderEvents {
    return {
      onForwarded: (records) => {
        this.counts.recordsForwarded += records;
      },
      onRetry: nothing,
      onDropped: (records, reason) => {
        this.drop(records, reason);
      },
    };
  }

  private drop(records: number, reason: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + records;
  }
}

/** The messages of the stream, once there is a connection. @throws NotConfirmed */
export async function storedIn(connection: JetStreamConnection, window: Window): Promise<StoredMessages> {
  return storedMessages(await connection.until(Date.now() + CONNECT_MILLIS), window);
}

function noCounts(): Record<'messages' | 'messagesRead' | 'recordsRead' | 'recordsForwarded', number> {
  return { messages: 0, messagesRead: 0, recordsRead: 0, recordsForwarded: 0 };
}

/** Nobody waits for the fate of a message that is only read. */
function nothing(): void {
  return undefined;
}
