import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { executableIn, root } from '../../support/paths.ts';
import { kubectl, namespace } from './kubectl.ts';

const execute = promisify(execFile);
const values = join(root, 'e2e/cluster/values.yaml');

export const ofPods = { timeoutMillis: 300_000, intervalMillis: 1000 };
export const ofRelease = '--selector=app.kubernetes.io/instance=trace';

/** Until every pod of the release is there and ready. */
export async function allReady(): Promise<void> {
  for (const place of [namespace, `${namespace}-agent`]) {
    const kinds = 'statefulsets,deployments,daemonsets';
    const workloads = await kubectl('get', kinds, '--namespace', place, ofRelease, '--output=name');
    for (const workload of workloads.trim().split('\n')) {
      await kubectl('rollout', 'status', workload, '--namespace', place, '--timeout=3m');
    }
  }
}

/** `helm <verb> trace …`, from the checkout's chart with the test's values. Waits until everything is ready. */
export async function helmRelease(verb: 'install' | 'upgrade', ...sets: readonly string[]): Promise<void> {
  const extra = process.env.TRACE_CLUSTER_VALUES;
  await helm(
    verb,
    'trace',
    join(root, 'charts/trace'),
    '--values',
    values,
    ...(extra === undefined ? [] : ['--values', extra]),
    ...sets.map((set) => `--set-string=${set}`),
    '--wait',
    '--timeout=5m',
  );
}

/** `helm test`: its output with the log of the test's pod, and whether it passed. */
export async function smokeTest(): Promise<{ readonly passed: boolean; readonly output: string }> {
  try {
    return { passed: true, output: await helm('test', 'trace', '--logs', '--timeout=2m') };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { passed: false, output: `${stdout}\n${stderr}` };
  }
}

export async function rollback(): Promise<void> {
  await helm('rollback', 'trace', '--wait', '--timeout=5m');
}

export async function uninstall(): Promise<void> {
  await helm('uninstall', 'trace', '--wait', '--timeout=3m');
}

async function helm(...args: readonly string[]): Promise<string> {
  return (await execute(executableIn('TRACE_BIN_HELM'), ['--namespace', namespace, ...args])).stdout;
}
