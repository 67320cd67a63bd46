import type { Resource, Value } from './otlp-resources.ts';

/** Addresses of parity-cluster.ts. */
const HOST_NETWORK = '10.40.9.1';
const SHARED = '10.40.9.2';
const SECOND = 'fd00::93';

/** One attribute that the two answered differently. */
export interface Difference {
  readonly sent: Resource;
  readonly key: string;
  readonly theirs: Value | undefined;
  readonly ours: Value | undefined;
  readonly allTheirs: Resource;
  readonly allOurs: Resource;
}

/** docs/kubernetes-parity.md explains each of these. The first that fits is it. */
const DIFFERENCES: readonly (readonly [id: string, fits: (difference: Difference) => boolean])[] = [
  ['empty-from-sender', ({ sent, key, ours }) => sent[key] === '' && ours === ''],
  ['empty-value', ({ theirs, ours }) => theirs === '' && ours === undefined],
  ['host-network', ({ sent, allOurs }) => sent['k8s.pod.ip'] === HOST_NETWORK && !('k8s.pod.uid' in allOurs)],
  [
    'ended-pod',
    ({ sent, allOurs }) => sent['k8s.pod.ip'] === SHARED && allOurs['k8s.pod.name'] === 'shared-running',
  ],
  ['second-address', ({ sent, allTheirs }) => sent['k8s.pod.ip'] === SECOND && !('k8s.pod.uid' in allTheirs)],
  [
    'before-first-status',
    ({ theirs, allOurs }) => theirs === undefined && allOurs['k8s.pod.name'] === 'not-started',
  ],
  [
    'waiting-containers',
    ({ ours, allOurs }) => ours === undefined && allOurs['k8s.pod.name'] === 'two-waiting',
  ],
  [
    'start-time',
    ({ key, theirs, ours }) => key === 'k8s.pod.start_time' && theirs !== undefined && ours !== undefined,
  ],
];

/** The document's name for it; undefined: nobody has explained it. */
export function differenceOf(difference: Difference): string | undefined {
  return DIFFERENCES.find(([, fits]) => fits(difference))?.[0];
}
