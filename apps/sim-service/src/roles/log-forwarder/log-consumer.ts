import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { LOGS_STREAM } from '@trace/telemetry';
import type { Config } from '../../config';
import type { JetStreamConnection } from '../../messaging/jetstream/connection';
import { Batcher } from './forward/batcher';
import type { Forwarder, ForwarderEvents } from './forward/forwarder';
import { recordsIn, type HeldMessage } from './forward/held-message';
import type { Lag } from './metrics';
import { ACK_WAIT_MILLIS, CONSUMER } from './topology';

const PULL_EXPIRES_MILLIS = 5000;

export interface ConsumerEvents extends Pick<ForwarderEvents, 'onDropped'> {
  onReceived(records: number): void;
}

/** From the durable consumer to the Collector, one request at a time, in the stream's order. */
export class LogConsumer {
  private readonly batcher: Batcher<HeldMessage>;
  private readonly maxMessages: number;
  /** What is not settled; `maxAckPending` of them at most. */
  private readonly held = new Set<JsMsg>();
  private readonly working: NodeJS.Timeout;
  private messages: ConsumerMessages | undefined;
  private forwarding: Promise<unknown> = Promise.resolve();
  private isStopping = false;

  constructor(
    { batch, maxAckPending }: Config['logForwarder'],
    private readonly connection: JetStreamConnection,
    private readonly forwarder: Forwarder,
    private readonly events: ConsumerEvents,
  ) {
    this.maxMessages = maxAckPending;
    const { maxRecords, maxBytes, flushInterval } = batch;
    const limits = { maxRecords, maxBytes, maxMessages: maxAckPending, flushIntervalMillis: flushInterval };
    this.batcher = new Batcher(limits, (messages) => {
      this.forwarding = this.forwarding.then(() => this.forwarder.forward(messages));
    });
    // Else what waits for a Collector that is away would be delivered a second time.
    this.working = setInterval(() => {
      for (const message of this.held) message.working();
    }, ACK_WAIT_MILLIS / 3).unref();
  }

  /** Begins when the stream is there, and goes on whenever it is back. */
  async start(): Promise<void> {
    const { js } = await this.connection.until(Infinity);
    const consumer = await js.consumers.get(LOGS_STREAM, CONSUMER);
    if (this.isStopping) return;
    this.messages = await consumer.consume({
      max_messages: this.maxMessages,
      expires: PULL_EXPIRES_MILLIS,
      callback: (message) => {
        this.take(message);
      },
    });
  }

  /** No further message; what was received is forwarded, or released for the next who asks. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.messages?.stop();
    this.batcher.flush();
    await this.forwarding;
    clearInterval(this.working);
  }

  async lag(): Promise<Lag | undefined> {
    const link = this.connection.current;
    if (link === undefined) return undefined;
    try {
      const info = await link.jsm.consumers.info(LOGS_STREAM, CONSUMER);
      return { pending: info.num_pending, unacknowledged: info.num_ack_pending };
    } catch {
      return undefined;
    }
  }

  private take(message: JsMsg): void {
    const records = recordsIn(message.data);
    if (records === undefined) {
      message.term('not an ExportLogsServiceRequest');
      this.events.onDropped(1, 'malformed', 'not an ExportLogsServiceRequest');
      return;
    }
    this.events.onReceived(records);
    this.held.add(message);
    this.batcher.add(this.hold(message, records));
  }

  private hold(message: JsMsg, records: number): HeldMessage {
    return {
      data: message.data,
      records,
      ack: () => {
        this.held.delete(message);
        message.ack();
      },
      term: (reason) => {
        this.held.delete(message);
        message.term(reason);
      },
      release: () => {
        this.held.delete(message);
        message.nak();
      },
    };
  }
}
