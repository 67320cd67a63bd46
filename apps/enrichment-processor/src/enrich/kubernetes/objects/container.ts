import type { ApiContainerStatus, ApiPod } from './api-shapes';
import { parseImage, repoDigest, versionOfImage } from './image';
import type { StringPool } from './string-pool';

export interface ContainerRecord {
  readonly name: string;
  readonly imageName?: string;
  /** "latest" when the image names none, as the container runtime pulls it. */
  readonly imageTag?: string;
  readonly imageVersion?: string;
  /** The container's runs that the API server knows: the present one. */
  readonly run?: ContainerRun;
}

export interface ContainerRun {
  /** Without the runtime's scheme (containerd://). */
  readonly id: string;
  readonly restartCount: number;
  readonly repoDigest?: string;
}

/** The containers of the spec and then those that are only in the status (ephemeral ones are left out). */
export function containersOf({ spec, status }: ApiPod, strings: StringPool): ContainerRecord[] {
  const runs = new Map<string, ContainerRun>();
  for (const one of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    if (one.name !== undefined) runs.set(one.name, runOf(one, strings));
  }
  const records = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].flatMap(
    ({ name, image }): ContainerRecord[] =>
      name === undefined
        ? []
        : [{ name: strings.share(name), ...imageFields(image ?? '', strings), ...runField(runs.get(name)) }],
  );
  const specified = new Set(records.map(({ name }) => name));
  const others = [...runs].filter(([name]) => !specified.has(name));
  return [...records, ...others.map(([name, run]) => ({ name, run }))];
}

function runOf(
  { containerID = '', imageID = '', restartCount = 0 }: ApiContainerStatus,
  strings: StringPool,
): ContainerRun {
  const digest = repoDigest(imageID);
  const scheme = containerID.indexOf('://');
  return {
    id: scheme < 0 ? containerID : containerID.slice(scheme + 3),
    restartCount,
    ...(digest === undefined ? {} : { repoDigest: strings.share(digest) }),
  };
}

function runField(run: ContainerRun | undefined): { run?: ContainerRun } {
  return run === undefined ? {} : { run };
}

function imageFields(
  image: string,
  strings: StringPool,
): Pick<ContainerRecord, 'imageName' | 'imageTag' | 'imageVersion'> {
  const parsed = parseImage(image);
  if (parsed === undefined) return {};
  const version = versionOfImage(parsed);
  return {
    imageName: strings.share(parsed.name),
    imageTag: strings.share(parsed.tag ?? 'latest'),
    ...(version === undefined ? {} : { imageVersion: strings.share(version) }),
  };
}
