import { isIP } from 'node:net';
import type { EnrichContext, ResourceView } from './match';
import type { Association, AssociationSource } from '../config/kubernetes-config';
import type { PodRecord } from '../objects/pod';

const SEPARATOR = '\0';
/** Where the Collector puts the address that telemetry came from. */
export const STAMPED_ADDRESS = 'k8s.pod.ip';

/** One rule of podAssociation: how a resource, and a pod, is turned into the key that must be the same. */
export class AssociationRule {
  /** As a person reads it in metrics and explanations, e.g. "k8s.namespace.name+k8s.pod.name". */
  readonly name: string;
  readonly wantedKeys: readonly string[];
  /** The rule asks for something that is computed from a pod's owners. */
  readonly usesComputed: boolean;
  readonly #sources: readonly AssociationSource[];
  readonly #hasConnection: boolean;
  readonly #addressOnly: boolean;

  constructor({ sources }: Association) {
    this.#sources = sources;
    this.name = sources.map((source) => (source.from === 'connection' ? source.from : source.name)).join('+');
    this.wantedKeys = sources.map((source) => (source.from === 'connection' ? STAMPED_ADDRESS : source.name));
    this.#hasConnection = sources.some(({ from }) => from === 'connection');
    this.#addressOnly = sources.every(isAddress);
    this.usesComputed = sources.some(
      (source) => source.from !== 'connection' && !OWN_VALUES.has(source.name),
    );
  }

  /** The key that a resource asks for; undefined when one of the conditions has no value. */
  keyOf(view: ResourceView, context: EnrichContext): string | undefined {
    let key = '';
    for (let index = 0; index < this.#sources.length; index += 1) {
      const value = valueOf(this.#sources[index], view, context);
      if (value === undefined) return undefined;
      key = index === 0 ? value : key + SEPARATOR + value;
    }
    return key;
  }

  /** The keys that find this pod: one for each address and container that the rule asks for. */
  keysOf(pod: PodRecord, computed: (name: string) => string | undefined): string[] {
    // All pods on the host's network have the node's address: it tells none of them from the others.
    if (pod.hostNetwork && (this.#hasConnection || this.#addressOnly)) return [];
    let keys: string[] | undefined;
    for (const source of this.#sources) {
      const values = podValues(source, pod, computed);
      keys =
        keys === undefined
          ? [...values]
          : keys.flatMap((key) => values.map((value) => key + SEPARATOR + value));
    }
    return keys ?? [];
  }
}

function valueOf(
  source: AssociationSource | undefined,
  view: ResourceView,
  context: EnrichContext,
): string | undefined {
  if (source === undefined) return undefined;
  // The Collector is the peer of every connection to us; it has stamped whose connection it had.
  if (source.from === 'connection') return plainAddress(view.get(STAMPED_ADDRESS) ?? context.peerAddress);
  const value = view.get(source.name);
  if (value === undefined || value === '') return undefined;
  // A host's name is no address, but in a pod some SDKs set the one to the other.
  if (source.name === 'host.name') return isIP(value) === 0 ? undefined : value;
  return source.name === STAMPED_ADDRESS ? plainAddress(value) : value;
}

/**
 * An address as a pod's status has it: without the prefix by which a dual-stack socket shows IPv4
 * (::ffff:10.0.0.1), and without the brackets that IPv6 has before a port.
 */
export function plainAddress(address: string | undefined): string | undefined {
  if (address === undefined || address === '') return undefined;
  const bare = address.startsWith('[') ? address.slice(1, -1) : address;
  return bare.startsWith('::ffff:') && bare.includes('.') ? bare.slice(7) : bare;
}

type PodValues = (pod: PodRecord) => readonly string[];

/** What is the pod's own and always known; other names are attributes that extract.metadata and its like add. */
const OWN_VALUES: ReadonlyMap<string, PodValues> = new Map<string, PodValues>([
  ['k8s.namespace.name', (pod) => [pod.namespace]],
  ['k8s.pod.name', (pod) => [pod.name]],
  ['k8s.pod.uid', (pod) => [pod.uid]],
  ['host.name', (pod) => pod.addresses],
  [STAMPED_ADDRESS, (pod) => pod.addresses],
  [
    'container.id',
    (pod) => pod.containers.flatMap(({ run }) => (run === undefined || run.id === '' ? [] : [run.id])),
  ],
]);

function podValues(
  source: AssociationSource,
  pod: PodRecord,
  computed: (name: string) => string | undefined,
): readonly string[] {
  if (source.from === 'connection') return pod.addresses;
  const own = OWN_VALUES.get(source.name);
  if (own !== undefined) return own(pod);
  const value = computed(source.name);
  return value === undefined || value === '' ? [] : [value];
}

function isAddress(source: AssociationSource): boolean {
  return source.from === 'connection' || source.name === STAMPED_ADDRESS || source.name === 'host.name';
}
