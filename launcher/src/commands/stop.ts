import { formatElapsed, type Clock } from '../clock.ts';
import { programs, stopOrder } from '../programs/index.ts';
import { lockHolder } from '../state/lock.ts';
import { stopLeftovers } from '../state/leftovers.ts';
import { isAlive, sendSignal } from '../state/process-identity.ts';
import { launcherLockPath } from '../state/state-file.ts';

/** What the launcher itself takes: to see the signal, to write its state, to end. */
const marginMillis = 10_000;
/** One group after the other, each as long as its slowest program may take. */
const deadlineMillis =
  marginMillis +
  stopOrder
    .map((group) => programs.filter(({ name }) => group.includes(name)))
    .map((group) => Math.max(...group.map(({ stopDeadlineMillis }) => stopDeadlineMillis)))
    .reduce((sum, millis) => sum + millis, 0);

/** `npm stop`: asks the launcher to stop and waits until it is gone; returns the exit code. */
export async function stop(home: string, clock: Clock): Promise<number> {
  const launcher = lockHolder(launcherLockPath(home));
  if (launcher === undefined) {
    const left = await stopLeftovers(home, clock);
    console.log(
      left.length === 0
        ? `Nothing runs (${home}).`
        : `Stopped what a killed launcher had left running: ${left.join(', ')}.`,
    );
    return 0;
  }
  const startedAt = clock.now();
  sendSignal(launcher, 'SIGTERM', 'process');
  while (isAlive(launcher)) {
    if (clock.now() - startedAt > deadlineMillis) {
      console.error(
        `The launcher (pid ${launcher.pid}) has not stopped within ${formatElapsed(deadlineMillis)}.`,
      );
      return 1;
    }
    await clock.wait(100);
  }
  console.log(`Stopped in ${formatElapsed(clock.now() - startedAt)}.`);
  return 0;
}
