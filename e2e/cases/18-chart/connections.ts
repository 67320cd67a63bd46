import { component, type KubernetesObject, objectsOf } from '../../support/helm.ts';
import { podsOf } from './workloads.ts';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number }[];
}

interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    readonly podSelector: Selector;
    readonly ingress: readonly Rule[];
    readonly egress: readonly Rule[];
  };
}

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
}

/** A pod of another namespace, on which no policy of ours is. */
const stranger: Pod = { name: 'any pod of the cluster', namespace: 'elsewhere', labels: {}, ports: [] };

/**
 * Every connection between pods, on a port that somebody listens on, which NetworkPolicies as the API defines them
 * let through: the callee's ingress and the caller's egress both have to.
 */
export function allowedConnections(manifests: string): string[] {
  const policies = policiesOf(manifests);
  const pods: Pod[] = podsOf(manifests).map(({ metadata, spec }) => ({
    name: component({ metadata }),
    namespace: metadata.namespace ?? '',
    labels: metadata.labels,
    ports: spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)),
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
    policies.filter(
      ({ metadata, spec }) => metadata.namespace === pod.namespace && selects(spec.podSelector, pod.labels),
    );
  const incoming = on(callee);
  const outgoing = on(caller);
  return (
    (incoming.length === 0 ||
      incoming.some(({ spec }) =>
        spec.ingress.some((rule) => fits(rule, rule.from, [callee, caller], port)),
      )) &&
    (outgoing.length === 0 ||
      outgoing.some(({ spec }) => spec.egress.some((rule) => fits(rule, rule.to, [caller, callee], port))))
  );
}

function fits(
  { ports }: Rule,
  peers: readonly Peer[] | undefined,
  [own, other]: readonly [Pod, Pod],
  port: number,
): boolean {
  return (
    (ports === undefined || ports.some((each) => each.port === port)) &&
    (peers === undefined || peers.some((peer) => isPeer(peer, own, other)))
  );
}

function isPeer({ podSelector = {}, namespaceSelector }: Peer, own: Pod, other: Pod): boolean {
  const isThere =
    namespaceSelector === undefined
      ? own.namespace === other.namespace
      : selects(namespaceSelector, { 'kubernetes.io/metadata.name': other.namespace });
  return isThere && selects(podSelector, other.labels);
}

function selects({ matchLabels = {} }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}
