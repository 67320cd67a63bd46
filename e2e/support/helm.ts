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

/** Both are in use, and do the same with the chart: their names, and where each is. */
export const helms = [
  ['Helm 4', 'TRACE_BIN_HELM'],
  ['Helm 3', 'TRACE_BIN_HELM_3'],
] as const;

export type HelmVariable = (typeof helms)[number][1];

export const helm = (...args: readonly string[]): HelmResult => runHelm('TRACE_BIN_HELM', ...args);

export function runHelm(variable: HelmVariable, ...args: readonly string[]): HelmResult {
  const { status, stdout, stderr } = spawnSync(executableIn(variable), args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, KUBECONFIG: '/dev/null' },
  });
  return { status, stdout, stderr };
}

/** What `helm template` makes of the chart; throws with Helm's own words. */
export const render = (...args: readonly string[]): string => renderWith('TRACE_BIN_HELM', ...args);

export function renderWith(variable: HelmVariable, ...args: readonly string[]): string {
  const { status, stdout, stderr } = runHelm(
    variable,
    'template',
    'trace',
    chart,
    '--namespace',
    'trace',
    ...args,
  );
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
