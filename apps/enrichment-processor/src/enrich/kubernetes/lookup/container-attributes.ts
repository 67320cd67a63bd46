import type { KubernetesConfig } from '../config/kubernetes-config';
import { CONTAINER_METADATA, type MetadataName } from '../config/metadata-names';
import type { ContainerRecord, ContainerRun } from '../objects/container';
import type { MutableAttributes } from '../objects/field-rules';
import type { PodRecord } from '../objects/pod';

/** What a resource says of its container. */
export interface ContainerQuery {
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly restartCount: string | undefined;
}

export const CONTAINER_KEYS = {
  name: 'k8s.container.name',
  id: 'container.id',
  restartCount: 'k8s.container.restart_count',
} as const;

/** A container of a pod by its place in PodRecord.containers; -1 is none. */
export interface ContainerChoice {
  readonly index: number;
  /** Whether the run that the API server knows is the one that is asked for. */
  readonly withRun: boolean;
}

/** By name, else by id, else the only one; as in the Collector. */
export function chooseContainer({ containers }: PodRecord, query: ContainerQuery): ContainerChoice {
  const index = indexOf(containers, query);
  const run = containers[index]?.run;
  const asked = query.restartCount;
  return {
    index,
    withRun: run !== undefined && (asked === undefined || Number(asked) === run.restartCount),
  };
}

function indexOf(containers: readonly ContainerRecord[], { name, id }: ContainerQuery): number {
  if (name !== undefined) return containers.findIndex((one) => one.name === name);
  if (id !== undefined) return containers.findIndex(({ run }) => run?.id === id);
  const first = containers.findIndex(hasStarted);
  if (first >= 0 && !containers.some((one, index) => index > first && hasStarted(one))) return first;
  return containers.length === 1 ? 0 : -1;
}

function hasStarted({ run }: ContainerRecord): boolean {
  return run !== undefined && run.id !== '';
}

/** The attributes of one container. */
export class ContainerAttributes {
  readonly #wanted: ReadonlySet<MetadataName>;
  /** No container attribute is wanted. */
  readonly isEmpty: boolean;

  constructor({ extract }: Pick<KubernetesConfig, 'extract'>) {
    this.#wanted = new Set(extract.metadata.filter((name) => CONTAINER_METADATA.includes(name)));
    this.isEmpty = this.#wanted.size === 0;
  }

  of(pod: PodRecord, { index, withRun }: ContainerChoice): MutableAttributes {
    const container = pod.containers[index];
    if (container === undefined) return {};
    const run: Partial<ContainerRun> = withRun ? (container.run ?? {}) : {};
    const tag = container.imageTag;
    const candidates: Partial<Record<MetadataName, string | number | readonly string[] | undefined>> = {
      'k8s.container.name': container.name,
      'k8s.container.restart_count': run.restartCount,
      'container.id': run.id,
      'container.image.name': container.imageName,
      'container.image.tag': tag,
      'container.image.tags': tag === undefined ? undefined : Object.freeze([tag]),
      'container.image.repo_digests':
        run.repoDigest === undefined ? undefined : Object.freeze([run.repoDigest]),
      'service.version': container.imageVersion,
      'service.instance.id': `${pod.namespace}.${pod.name}.${container.name}`,
    };
    const attributes: MutableAttributes = {};
    for (const name of this.#wanted) {
      const value = candidates[name];
      if (value !== undefined && value !== '') attributes[name] = value;
    }
    return attributes;
  }
}
