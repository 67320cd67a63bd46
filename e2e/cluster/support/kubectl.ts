import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Everything that the test makes is in here. */
export const namespace = process.env.TRACE_CLUSTER_NAMESPACE ?? 'trace-test';

/** Runs kubectl in the test's namespace; its standard error is in what is thrown. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('kubectl', ['--namespace', namespace, ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return stdout;
}

export async function apply(...objects: readonly object[]): Promise<void> {
  const applied = execute('kubectl', ['--namespace', namespace, 'apply', '--filename=-']);
  applied.child.stdin?.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await applied;
}
