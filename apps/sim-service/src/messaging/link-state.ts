import type { Logger } from 'pino';
import type { MessagingPeer } from '@trace/telemetry';
import type { BrokerState } from './broker';

/** Whether the broker is there; each change is one line in the log, and so is a first attempt that fails. */
export class LinkState {
  private known: BrokerState | undefined;

  constructor(
    readonly peer: MessagingPeer,
    private readonly logger: Logger,
  ) {}

  get state(): BrokerState {
    return this.known ?? 'disconnected';
  }

  connected(): void {
    if (this.known === 'connected') return;
    this.known = 'connected';
    this.logger.info(this.fields, 'broker connected');
  }

  disconnected(cause?: unknown): void {
    if (this.known === 'disconnected') return;
    this.known = 'disconnected';
    this.logger.warn({ ...this.fields, err: cause }, 'broker is away; waiting for it');
  }

  private get fields(): object {
    const { system, address, port } = this.peer;
    return { 'messaging.system': system, 'server.address': address, 'server.port': port };
  }
}
