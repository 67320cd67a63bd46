import { STAMPED_ADDRESS, plainAddress } from './association';
import type { Attributes, ResourceView } from './match';
import type { Matcher } from './matcher';
import type { PodEntry } from './pod-entry';
import type { PodTable } from './pod-table';
import type { WatchState } from '../watch/watch-state';

/** The answer to "why has my span no pod name": for /debug/lookup. */
export interface Explanation {
  readonly address: string;
  /** One sentence. */
  readonly summary: string;
  readonly rule?: string;
  /** What would be added to telemetry from this address that says nothing of itself. */
  readonly attributes?: Attributes;
  readonly pods: readonly ExplainedPod[];
}

export interface ExplainedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly state: 'running' | 'ended' | 'deleted';
  readonly hostNetwork: boolean;
  readonly excluded: boolean;
}

/** Explains what happens to telemetry from one address, as `k8s.pod.ip` or as the peer of the connection. */
export class Explainer {
  constructor(
    private readonly matcher: Matcher,
    private readonly pods: PodTable,
    private readonly podWatch: () => Readonly<WatchState> | undefined,
    private readonly now: () => number,
  ) {}

  explain(raw: string): Explanation {
    const address = plainAddress(raw) ?? raw;
    const found = this.pods.withAddress(address);
    const pods = found.map(explained);
    const match = this.matcher.explain(onlyAddress(address), { peerAddress: address });
    if (match !== undefined) {
      const { rule, attributes } = match;
      const names = Object.keys(attributes).length;
      return { address, rule, attributes, pods, summary: `${names} attributes by the rule ${rule}` };
    }
    return { address, pods, summary: `nothing is added: ${this.#reason(found)}` };
  }

  #reason(found: readonly PodEntry[]): string {
    const [first] = found;
    if (first === undefined) return `no pod has this address; ${this.#known()}`;
    const { record } = first.facts;
    const pod = `${record.namespace}/${record.name}`;
    if (record.hostNetwork) {
      return `${pod} has it from its node's network, where all pods share it; let the pod say its k8s.pod.uid`;
    }
    if (record.ignored) return `${pod} is excluded, by exclude.pods or by its annotation`;
    return `${pod} has this address, but no rule of podAssociation asks for addresses`;
  }

  #known(): string {
    const watch = this.podWatch();
    if (watch === undefined || watch.lastHeardEpochMillis === 0) {
      const error = watch?.lastError;
      return `no pods are known yet${error === undefined ? '' : ` (${error.reason}: ${error.message})`}`;
    }
    const seconds = Math.max(0, Math.round((this.now() - watch.lastHeardEpochMillis) / 1000));
    return `${this.pods.size()} pods known, last heard of the API server ${seconds} s ago, ${watch.phase}`;
  }
}

function explained({ facts, deletedAtMillis }: PodEntry): ExplainedPod {
  const { namespace, name, uid, ended, hostNetwork, ignored } = facts.record;
  return {
    namespace,
    name,
    uid,
    state: deletedAtMillis !== undefined ? 'deleted' : ended ? 'ended' : 'running',
    hostNetwork,
    excluded: ignored,
  };
}

function onlyAddress(address: string): ResourceView {
  return { get: (key) => (key === STAMPED_ADDRESS ? address : undefined) };
}
