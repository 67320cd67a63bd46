import type { Clock } from '../clock.ts';

/**
 * One Ctrl-C reaches the launcher several times: from the terminal, from npm and from bootstrap.mjs, which both
 * pass it on. What comes within this time of the first is the same one.
 */
const sameSignalMillis = 1_000;

export interface StopSignals {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** Aborted by the second. */
  readonly kill: AbortSignal;
}

export function listenForStopSignals(clock: Clock, source: NodeJS.EventEmitter = process): StopSignals {
  const stop = new AbortController();
  const kill = new AbortController();
  let firstAt: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    source.on(name, () => {
      firstAt ??= clock.now();
      if (!stop.signal.aborted) stop.abort();
      else if (clock.now() - firstAt > sameSignalMillis) kill.abort();
    });
  }
  return { stop: stop.signal, kill: kill.signal };
}
