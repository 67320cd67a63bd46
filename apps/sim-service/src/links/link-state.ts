import type { Logger } from 'pino';
import type { Dependency, Peer } from '../health/dependency';

export type LinkStatus = 'connected' | 'disconnected';

/** Another system that a role works with. */
export interface Link {
  readonly name: 'broker' | 'database' | 'cache' | 'collector';
  /** Without it the role is of no use. */
  readonly isRequired: boolean;
  /** What the role does while it is away, as the log tells of it. */
  readonly meanwhile: string;
  readonly peer: Peer;
  /** What more the log tells than where it is, in the words of the semantic conventions. */
  readonly attributes: object;
}

/** Whether the other system is there; each change is one line in the log, and so is a first attempt that fails. */
export class LinkState implements Dependency {
  private known: LinkStatus | undefined;

  constructor(
    private readonly link: Link,
    private readonly logger: Logger,
  ) {}

  get name(): string {
    return this.link.name;
  }

  get isRequired(): boolean {
    return this.link.isRequired;
  }

  get peer(): Peer {
    return this.link.peer;
  }

  get state(): LinkStatus {
    return this.known ?? 'disconnected';
  }

  connected(): void {
    if (this.known === 'connected') return;
    this.known = 'connected';
    this.logger.info(this.attributes, `${this.link.name} connected`);
  }

  disconnected(cause?: unknown): void {
    if (this.known === 'disconnected') return;
    this.known = 'disconnected';
    const { name, meanwhile } = this.link;
    this.logger.warn({ ...this.attributes, err: cause }, `${name} is away; ${meanwhile}`);
  }

  private get attributes(): object {
    const { attributes, peer } = this.link;
    return { ...attributes, 'server.address': peer.address, 'server.port': peer.port };
  }
}
