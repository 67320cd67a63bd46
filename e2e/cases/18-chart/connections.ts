import { component, type KubernetesObject, objectsOf } from '../../support/helm.ts';
import { podsOf } from './workloads.ts';

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly namespaceSelector?: object;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number }[];
}

interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly ingress: readonly Rule[];
    readonly egress: readonly Rule[];
  };
}

interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  readonly isElsewhere: boolean;
}

/** A pod of another namespace, on which no policy of ours is. */
const stranger: Pod = { name: 'any pod of the cluster', labels: {}, ports: [], isElsewhere: true };

/**
 * Every connection between pods, on a port that somebody listens on, which NetworkPolicies as the API defines them
 * let through: the callee's ingress and the caller's egress both have to.
 */
export function allowedConnections(manifests: string): string[] {
  const policies = policiesOf(manifests);
  const pods: Pod[] = podsOf(manifests).map(({ metadata, spec }) => ({
    name: metadata.labels['app.kubernetes.io/component'] ?? '',
    labels: metadata.labels,
    ports: spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)),
    isElsewhere: false,
  }));
  return [...pods, stranger]
    .flatMap((caller) =>
      pods.flatMap((callee) =>
        callee.name === caller.name
          ? []
          : callee.ports
              .filter((port) => allows(policies, caller, callee, port))
              .map((port) => `${caller.name} → ${callee.name}:${port}`),
      ),
    )
    .sort();
}

/** Ports on which a component may go out to anywhere; "any" if to all. */
export function waysOut(manifests: string): Record<string, (number | 'any')[]> {
  return Object.fromEntries(
    policiesOf(manifests).map((policy) => [
      component(policy),
      policy.spec.egress
        .filter(({ to }) => to === undefined)
        .flatMap(({ ports }): (number | 'any')[] => ports?.map(({ port }) => port) ?? ['any'])
        .filter((port) => port !== 53),
    ]),
  );
}

function policiesOf(manifests: string): NetworkPolicy[] {
  return objectsOf(manifests).filter((object): object is NetworkPolicy => object.kind === 'NetworkPolicy');
}

function allows(policies: readonly NetworkPolicy[], caller: Pod, callee: Pod, port: number): boolean {
  const on = (pod: Pod): NetworkPolicy[] =>
    pod.isElsewhere ? [] : policies.filter(({ spec }) => selects(spec.podSelector, pod));
  const incoming = on(callee);
  const outgoing = on(caller);
  return (
    (incoming.length === 0 ||
      incoming.some(({ spec }) => spec.ingress.some((rule) => fits(rule, rule.from, caller, port)))) &&
    (outgoing.length === 0 ||
      outgoing.some(({ spec }) => spec.egress.some((rule) => fits(rule, rule.to, callee, port))))
  );
}

function fits({ ports }: Rule, peers: readonly Peer[] | undefined, pod: Pod, port: number): boolean {
  return (
    (ports === undefined || ports.some((each) => each.port === port)) &&
    (peers === undefined || peers.some((peer) => isPeer(peer, pod)))
  );
}

/** Of namespace selectors the chart has only the one that takes all. */
function isPeer({ podSelector, namespaceSelector }: Peer, pod: Pod): boolean {
  if (namespaceSelector === undefined && pod.isElsewhere) return false;
  return podSelector === undefined || selects(podSelector, pod);
}

function selects({ matchLabels = {} }: NonNullable<Peer['podSelector']>, { labels }: Pod): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}
