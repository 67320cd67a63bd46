/**
 * Started by the launcher with a pipe on stdin, in a session of its own. When the pipe closes, the launcher has
 * ended; if it was killed (kill -9, out of memory), its programs are still there and are stopped from here.
 */
import { systemClock } from './clock.ts';
import { stopLeftovers } from './state/leftovers.ts';
import { isAlive, type ProcessIdentity } from './state/process-identity.ts';

const pollMillis = 20;

const [home, pid, started] = process.argv.slice(2);
// The launcher decides when this ends, also when the whole terminal goes away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.on('end', () => {
  if (home !== undefined && pid !== undefined && started !== undefined)
    void stopAfter({ pid: Number(pid), started }, home);
});

/** A dying process's pipes close before it counts as dead, and what a living launcher runs is not touched. */
async function stopAfter(launcher: ProcessIdentity, home: string): Promise<void> {
  while (isAlive(launcher)) await systemClock.wait(pollMillis);
  await stopLeftovers(home, systemClock);
}
