import type { Logger } from 'pino';

export type LinkStatus = 'connected' | 'disconnected';

/** Another system that a role works with, as the log tells of it. */
export interface Link {
  readonly name: 'broker' | 'database' | 'cache';
  /** What the role does while it is away. */
  readonly meanwhile: string;
  /** Where it is, in the words of the semantic conventions. */
  readonly attributes: object;
}

/** Whether the other system is there; each change is one line in the log, and so is a first attempt that fails. */
export class LinkState {
  private state: LinkStatus | undefined;

  constructor(
    private readonly link: Link,
    private readonly logger: Logger,
  ) {}

  get current(): LinkStatus {
    return this.state ?? 'disconnected';
  }

  connected(): void {
    if (this.state === 'connected') return;
    this.state = 'connected';
    this.logger.info(this.link.attributes, `${this.link.name} connected`);
  }

  disconnected(cause?: unknown): void {
    if (this.state === 'disconnected') return;
    this.state = 'disconnected';
    const { attributes, name, meanwhile } = this.link;
    this.logger.warn({ ...attributes, err: cause }, `${name} is away; ${meanwhile}`);
  }
}
