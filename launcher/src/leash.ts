/**
 * Started by the launcher with a pipe on stdin, in a session of its own. When the pipe closes, the launcher has
 * ended; if it was killed (kill -9, out of memory), its programs are still there and are stopped from here.
 */
import { systemClock } from './clock.ts';
import { stopLeftovers } from './state/leftovers.ts';

const [home] = process.argv.slice(2);
// The launcher decides when this ends, also when the whole terminal goes away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.on('end', () => {
  if (home !== undefined) void stopLeftovers(home, systemClock);
});
