import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { helm } from '../programs/outside.ts';
import { Terminal } from '../terminal/terminal.ts';
import { streamedCommand } from '../test/stage.ts';
import { acquireForTests, binaryVariables } from './acquire-for-tests.ts';
import { listenForStopSignals } from './stop-signals.ts';

/**
 * `npm run test:cluster`: installs the chart into the cluster of KUBECONFIG, in a namespace of its own, and looks
 * whether it does what it should. Wants `kubectl` on PATH, and the images where the cluster finds them.
 */
export async function testCluster(config: LauncherConfig, clock: Clock): Promise<number> {
  const { stop: signal } = listenForStopSignals(clock);
  const terminal = new Terminal(process.stderr, { clock, color: config.color });
  const acquired = await acquireForTests([helm], { config, clock, signal, terminal });
  terminal.close();
  const environment = { ...config.environment, ...binaryVariables(acquired) };
  const context = { root: config.root, environment, signal };
  const args = ['--config=jest.cluster.cjs', '--runInBand', '--bail'];
  return await streamedCommand('jest', args, join(config.root, 'e2e'), context);
}
