/** One kind of object that is listed and watched. */
export interface WatchedResource {
  /** As RBAC and kubectl call it, e.g. "replicasets". */
  readonly name: string;
  /** "" is the core group. */
  readonly group: string;
  readonly path: string;
  /** For PartialObjectMetadata. */
  readonly metadataOnly: boolean;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** What a cluster role must hold for it, as YAML that can be pasted under `rules:`. */
export function clusterRoleRule({ name, group }: WatchedResource): string {
  return `- {apiGroups: ["${group}"], resources: ["${name}"], verbs: ["list", "watch"]}`;
}
