import { Backoff } from '../../../links/backoff';
import type { HeldMessage } from './held-message';
import type { Outcome } from './outcome';

/** What is to be counted. */
export interface ForwarderEvents {
  /** By one request. */
  onForwarded(records: number): void;
  onRetry(reason: string): void;
  onDropped(records: number, reason: string, detail: string): void;
}

export interface ForwarderOptions {
  readonly post: (body: Uint8Array) => Promise<Outcome>;
  readonly events: ForwarderEvents;
  readonly maxRetryDelayMillis: number;
  /** After so long without an acceptance; Infinity for never. */
  readonly giveUpAfterMillis: number;
  /** Ends the wait between two tries. */
  readonly signal: AbortSignal;
}

/** Hands messages to the Collector, and settles each with the stream by what the Collector has said. */
export class Forwarder {
  constructor(private readonly options: ForwarderOptions) {}

  /**
   * Sends the messages as one request: OTLP requests one behind the other are one. Tried again for as long as the
   * Collector may take it. A request that it refuses for good is sent again message by message, so that only what is
   * bad is not delivered.
   *
   * @returns undefined, or why it was given up: the messages that were not settled are released then
   */
  async forward(messages: readonly HeldMessage[]): Promise<string | undefined> {
    const outcome = await this.untilAnswered(Buffer.concat(messages.map(({ data }) => data)));
    const { events } = this.options;
    if (typeof outcome === 'string') {
      for (const message of messages) message.release();
      return outcome;
    }
    const records = messages.reduce((sum, message) => sum + message.records, 0);
    if (outcome.kind === 'accepted') {
      for (const message of messages) message.ack();
      const { rejectedRecords, detail } = outcome;
      if (rejectedRecords > 0) events.onDropped(rejectedRecords, 'partial_success', detail);
      events.onForwarded(records - rejectedRecords);
      return undefined;
    }
    const [first, ...others] = messages;
    if (first === undefined) return undefined;
    if (others.length === 0) {
      first.term(`the Collector refuses it: ${outcome.detail}`);
      events.onDropped(records, outcome.reason, outcome.detail);
      return undefined;
    }
    return this.forwardEach(messages);
  }

  private async forwardEach(messages: readonly HeldMessage[]): Promise<string | undefined> {
    let given: string | undefined;
    for (const message of messages) {
      if (given === undefined) given = await this.forward([message]);
      else message.release();
    }
    return given;
  }

  private async untilAnswered(body: Uint8Array): Promise<Exclude<Outcome, { kind: 'retryable' }> | string> {
    const { post, events, maxRetryDelayMillis, giveUpAfterMillis, signal } = this.options;
    const backoff = new Backoff(maxRetryDelayMillis);
    const deadline = Date.now() + giveUpAfterMillis;
    for (;;) {
      const outcome = await post(body);
      if (outcome.kind !== 'retryable') return outcome;
      events.onRetry(outcome.reason);
      const waitMillis = outcome.retryAfterMillis ?? backoff.next();
      if (signal.aborted) return 'stopped';
      if (Date.now() + waitMillis > deadline) return `the Collector is away: ${outcome.detail}`;
      await pause(waitMillis, signal);
    }
  }
}

/** Until then, or the abort. */
function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    signal.addEventListener('abort', end);
  });
}
