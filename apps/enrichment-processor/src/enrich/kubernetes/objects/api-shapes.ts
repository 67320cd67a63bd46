/** The parts of the API's objects that are read. Everything may be absent: nothing here is trusted to be there. */

export interface OwnerReference {
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** meta.k8s.io/v1 PartialObjectMetadata, and what every object has. */
export interface ApiObject {
  readonly metadata?: ObjectMeta;
}

export interface ApiContainer {
  readonly name?: string;
  readonly image?: string;
}

export interface ApiContainerStatus {
  readonly name?: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly restartCount?: number;
}

export interface ApiPod extends ApiObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostname?: string;
    readonly hostNetwork?: boolean;
    readonly containers?: readonly ApiContainer[];
    readonly initContainers?: readonly ApiContainer[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
    readonly startTime?: string;
    readonly containerStatuses?: readonly ApiContainerStatus[];
    readonly initContainerStatuses?: readonly ApiContainerStatus[];
  };
}

/** A page of a list without its items. */
export interface ApiList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** meta.k8s.io/v1 Status: how the API says that something went wrong. */
export interface ApiStatus {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

export interface WatchEvent {
  readonly type?: string;
  readonly object?: ApiObject & ApiStatus;
}
