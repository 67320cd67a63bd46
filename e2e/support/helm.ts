import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { executableIn, root } from './paths.ts';

export const chart = join(root, 'charts/trace');

export interface HelmResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function helm(...args: readonly string[]): HelmResult {
  const { status, stdout, stderr } = spawnSync(executableIn('TRACE_BIN_HELM'), args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  });
  return { status, stdout, stderr };
}

/** What `helm template` makes of the chart; throws with Helm's own words. */
export function render(...args: readonly string[]): string {
  const { status, stdout, stderr } = helm('template', 'trace', chart, '--namespace', 'trace', ...args);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export function objectsOf(manifests: string): KubernetesObject[] {
  return parseAllDocuments(manifests)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

export const component = ({ metadata: { labels = {} } }: Pick<KubernetesObject, 'metadata'>): string =>
  labels['app.kubernetes.io/component'] ?? '';
