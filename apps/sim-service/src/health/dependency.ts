/** Injection token of what a role works with; a `Dependency[]`. */
export const DEPENDENCIES = Symbol('Dependencies');

/** `idle`: there is no connection, and none is wanted yet. */
export type DependencyState = 'connected' | 'connecting' | 'idle' | 'disconnected';

/** What another system is, and where. */
export interface Peer {
  /** As the semantic conventions name it, e.g. `nats`, `postgresql`. */
  readonly system: string;
  readonly address: string;
  readonly port: number;
}

/** Another system that a role works with, as `GET /health` tells of it. */
export interface Dependency {
  readonly name: string;
  readonly peer: Peer;
  /** Without it the role is of no use. */
  readonly isRequired: boolean;
  /** What is known by now: nothing is asked. */
  readonly state: DependencyState;
}
