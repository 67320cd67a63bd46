/** What this needs of the process; tests hand in their own. */
export interface ProcessLike {
  readonly pid: number;
  on(event: NodeJS.Signals, listener: () => void): unknown;
  once(event: 'beforeExit', listener: () => void): unknown;
  removeListener(event: NodeJS.Signals, listener: () => void): unknown;
  listenerCount(event: NodeJS.Signals): number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
  exit(): void;
}

/**
 * Flushes before the process ends, without a say in when it ends. As long as somebody else listens
 * for the signal (Nest's shutdown hooks, the program itself) the signal is theirs. Nest raises it
 * again when it has closed, and with nobody else listening it is ours: flush, then raise it once
 * more. A second signal meanwhile finds no listener and ends the process at once.
 */
export function flushOnExit(process: ProcessLike, flush: () => Promise<void>): void {
  let endsBySignal = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) > 1) return;
      endsBySignal = true;
      process.removeListener(signal, onSignal);
      void flush().finally(() => process.kill(process.pid, signal));
    };
    process.on(signal, onSignal);
  }
  process.once('beforeExit', () => {
    // An export that hangs must not keep a process that has nothing left to do.
    void flush().finally(() => {
      if (!endsBySignal) process.exit();
    });
  });
}
