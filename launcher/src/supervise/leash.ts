import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { ProcessIdentity } from '../state/process-identity.ts';

export interface Leash {
  /** Ends the helper; resolves when it is gone. */
  release(): Promise<void>;
}

/** Starts the helper that stops the programs should the launcher be killed (see launcher/src/leash.ts). */
export function startLeash(script: string, home: string, { pid, started }: ProcessIdentity): Leash {
  const helper = spawn(process.execPath, [script, home, String(pid), started], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  helper.on('error', () => undefined);
  helper.stdin.on('error', () => undefined);
  helper.unref();
  return {
    release: async () => {
      if (helper.exitCode !== null || helper.signalCode !== null || helper.pid === undefined) return;
      const exit = once(helper, 'exit');
      helper.ref();
      helper.kill('SIGKILL');
      await exit;
    },
  };
}
