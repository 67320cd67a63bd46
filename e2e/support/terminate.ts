import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** SIGTERM, unless it has ended already, and all that it still had to say. */
export async function terminate(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
