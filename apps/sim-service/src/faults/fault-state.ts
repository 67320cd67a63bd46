import type { ActiveFault, Fault, StandingFault } from './fault';

const ANY_ROUTE = '*';
const MAX_FAULTS = 100;
const NO_EFFECT: Effect = { latencyMillis: 0, fails: false };

/** What happens to one request. */
export interface Effect {
  readonly latencyMillis: number;
  readonly fails: boolean;
}

/**
 * The faults that are on: one for each route, each until its time is over; and those of the configuration, which are
 * behind them.
 */
export class FaultState {
  private readonly faults = new Map<string, { fault: Fault; endsAtMillis: number }>();

  private standing = new Map<string, StandingFault>();

  constructor(
    private readonly nowMillis: () => number,
    private readonly random: () => number,
  ) {}

  /** Replaces the route's fault. False when there are too many already. */
  set(fault: Fault): boolean {
    this.removeEnded();
    if (!this.faults.has(fault.route) && this.faults.size >= MAX_FAULTS) return false;
    this.faults.set(fault.route, { fault, endsAtMillis: this.nowMillis() + fault.durationSeconds * 1000 });
    return true;
  }

  /** Replaces those of the configuration. */
  setStanding(faults: readonly StandingFault[]): void {
    this.standing = new Map(faults.map((fault) => [fault.route, fault]));
  }

  clear(): void {
    this.faults.clear();
  }

  active(): ActiveFault[] {
    this.removeEnded();
    const now = this.nowMillis();
    const timed = [...this.faults.values()].map(({ fault, endsAtMillis }) => ({
      ...fault,
      remainingSeconds: (endsAtMillis - now) / 1000,
    }));
    return [...timed, ...this.standing.values()];
  }

  /** Draws what happens to a request; a route's own fault goes before that of `*`. */
  effectOn(route: string): Effect {
    if (this.faults.size === 0 && this.standing.size === 0) return NO_EFFECT;
    this.removeEnded();
    const timed = (this.faults.get(route) ?? this.faults.get(ANY_ROUTE))?.fault;
    const fault = timed ?? this.standing.get(route) ?? this.standing.get(ANY_ROUTE);
    if (fault === undefined) return NO_EFFECT;
    return { latencyMillis: fault.latencyMillis, fails: this.random() < fault.errorRate };
  }

  /** Of all faults together, whatever their routes. */
  leakBytesPerSecond(): number {
    this.removeEnded();
    return [...this.faults.values()].reduce((sum, { fault }) => sum + fault.leakBytesPerSecond, 0);
  }

  private removeEnded(): void {
    const now = this.nowMillis();
    for (const [route, { endsAtMillis }] of this.faults) {
      if (endsAtMillis <= now) this.faults.delete(route);
    }
  }
}
