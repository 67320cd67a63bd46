import { inspect } from 'node:util';
import type { DiagLogger } from '@opentelemetry/api';

const INTERVAL_MILLIS = 60_000;
/** Failures come in bursts, one for each signal: wait for the others before the first line. */
const GATHER_MILLIS = 1000;
const MAX_DISTINCT_FAILURES = 20;
const MAX_FAILURE_CHARACTERS = 300;

/**
 * Where the SDK's own warnings go: one line a minute at most, with how often each came. A Collector
 * that is away must not fill the log of every service. How much was lost is in the `otel.sdk.*`
 * metrics, which arrive when the Collector is back.
 */
export class FailureReporter implements DiagLogger {
  private readonly counts = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private lastLineAt = -INTERVAL_MILLIS;

  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  error(message: string, ...rest: unknown[]): void {
    this.note([message, ...rest]);
  }

  warn(message: string, ...rest: unknown[]): void {
    this.note([message, ...rest]);
  }

  readonly info = (): void => undefined;
  readonly debug = (): void => undefined;
  readonly verbose = (): void => undefined;

  /** For the SDK's global error handler: a batch that could not be exported. */
  readonly exportFailed = (error: unknown): void => {
    this.note([error]);
  };

  /** Writes what is still unreported. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.counts.size > 0) this.report();
  }

  private note(parts: readonly unknown[]): void {
    let failure = parts.map(describe).join(' ').slice(0, MAX_FAILURE_CHARACTERS);
    if (!this.counts.has(failure) && this.counts.size >= MAX_DISTINCT_FAILURES) failure = 'others';
    this.counts.set(failure, (this.counts.get(failure) ?? 0) + 1);
    this.timer ??= setTimeout(
      () => {
        this.report();
      },
      Math.max(GATHER_MILLIS, this.lastLineAt + INTERVAL_MILLIS - this.now()),
    ).unref();
  }

  private report(): void {
    this.timer = undefined;
    this.lastLineAt = this.now();
    const failures = Object.fromEntries(this.counts);
    this.counts.clear();
    this.write(
      `${JSON.stringify({
        level: 'warn',
        time: new Date(this.lastLineAt).toISOString(),
        name: 'telemetry',
        msg: 'telemetry failed; the service itself goes on',
        failures,
      })}\n`,
    );
  }
}

function describe(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!(part instanceof Error)) return inspect(part, { breakLength: Infinity, depth: 2 });
  // An AggregateError (no address of `localhost` answers) says nothing but its code.
  const code = (part as NodeJS.ErrnoException).code;
  return [part.name, code, part.message].filter((text) => text !== undefined && text !== '').join(' ');
}
