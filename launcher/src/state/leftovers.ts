import type { Clock } from '../clock.ts';
import { programs, stopOrder } from '../programs/index.ts';
import { isAlive, sendSignal } from './process-identity.ts';
import { leftovers, readState, removeState } from './state-file.ts';

const pollMillis = 50;
/** A process that survives SIGKILL is stuck in the kernel (a disk that does not answer). */
const killDeadlineMillis = 10_000;

/**
 * Stops, in the usual order, what a killed launcher left running, and returns the names. A process is only
 * touched if pid and start time are those that were written down.
 */
export async function stopLeftovers(home: string, clock: Clock): Promise<string[]> {
  const left = leftovers(readState(home));
  for (const group of stopOrder) {
    await Promise.all(
      left
        .filter(({ name }) => group.includes(name))
        .map(async ({ name, process }) => {
          sendSignal(process, 'SIGTERM', 'process');
          const deadline =
            clock.now() + (programs.find((program) => program.name === name)?.stopDeadlineMillis ?? 0);
          while (isAlive(process) && clock.now() < deadline) await clock.wait(pollMillis);
          sendSignal(process, 'SIGKILL', 'group');
          const killedAt = clock.now();
          while (isAlive(process) && clock.now() < killedAt + killDeadlineMillis)
            await clock.wait(pollMillis);
        }),
    );
  }
  if (left.length > 0) removeState(home);
  return left.map(({ name }) => name);
}
