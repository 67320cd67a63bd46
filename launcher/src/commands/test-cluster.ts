import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { LauncherError } from '../errors.ts';
import { helm } from '../programs/outside.ts';
import { Terminal } from '../terminal/terminal.ts';
import { streamedCommand } from '../test/stage.ts';
import { runCommand } from '../toolchain/command.ts';
import { acquireForTests, binaryVariables } from './acquire-for-tests.ts';
import { listenForStopSignals } from './stop-signals.ts';

const ANSWER_MILLIS = 20_000;

/**
 * `npm run test:cluster`: installs the chart into the cluster of KUBECONFIG, in a namespace of its own, and looks
 * whether it does what it should. Wants `kubectl` on PATH, and the images where the cluster finds them.
 */
export async function testCluster(config: LauncherConfig, clock: Clock): Promise<number> {
  const { stop: signal } = listenForStopSignals(clock);
  await requireCluster(config.environment, signal);
  const terminal = new Terminal(process.stderr, { clock, color: config.color });
  const acquired = await acquireForTests([helm], { config, clock, signal, terminal });
  terminal.close();
  const environment = { ...config.environment, ...binaryVariables(acquired) };
  const context = { root: config.root, environment, signal };
  const args = ['--config=jest.cluster.cjs', '--runInBand', '--bail'];
  return await streamedCommand('jest', args, join(config.root, 'e2e'), context);
}

/** Throws unless there is a cluster, without a namespace that the tests would take for theirs and delete. */
async function requireCluster(env: Readonly<NodeJS.ProcessEnv>, signal: AbortSignal): Promise<void> {
  const options = { env, signal, timeoutMillis: ANSWER_MILLIS };
  const { exitCode, reason } = await runCommand('kubectl', ['get', '--raw=/readyz'], options);
  if (exitCode !== 0) {
    throw new LauncherError('platform', `no cluster answers kubectl (KUBECONFIG): ${reason}`);
  }
  const namespace = env.TRACE_CLUSTER_NAMESPACE ?? 'trace-test';
  const found = await runCommand('kubectl', ['get', 'namespace', namespace], options);
  if (found.exitCode === 0) {
    throw new LauncherError(
      'platform',
      `the tests make and delete the namespace ${namespace}, which is there already: kubectl delete namespace ${namespace}, or name another in TRACE_CLUSTER_NAMESPACE`,
    );
  }
}
