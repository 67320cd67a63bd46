import type { AccessLine } from './access-line';
import type { DropReason } from './simulation.schema';

export interface SinkEvents {
  onDelivered(count: number): void;
  onDropped(count: number, reason: DropReason): void;
}

/** Where lines go. Each that is put in is told of once: delivered, or dropped. */
export interface LineSink {
  put(lines: readonly AccessLine[]): void;
  /** Resolves when every line has been told of. */
  flush(): Promise<void>;
}
