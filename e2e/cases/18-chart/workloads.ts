import { type KubernetesObject, objectsOf } from '../../support/helm.ts';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly resources: { readonly requests: { readonly memory: string }; readonly limits: { memory: string } };
  readonly securityContext: unknown;
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: unknown;
    readonly containers: readonly Container[];
    readonly volumes?: readonly object[];
  };
}

interface VolumeClaim {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}

export interface Workload extends KubernetesObject {
  readonly spec: {
    /** None of a DaemonSet: it is one on each node. */
    readonly replicas?: number;
    readonly template: PodTemplate;
    readonly volumeClaimTemplates?: readonly VolumeClaim[];
  };
}

export interface Pod extends PodTemplate {
  readonly kind: string;
  readonly metadata: KubernetesObject['metadata'] & PodTemplate['metadata'];
}

export function workloadsOf(manifests: string): Workload[] {
  return objectsOf(manifests).filter((object): object is Workload =>
    ['StatefulSet', 'Deployment', 'DaemonSet'].includes(object.kind),
  );
}

/** Every pod: those of workloads, and those that stand alone. */
export function podsOf(manifests: string): Pod[] {
  const alone = objectsOf(manifests).filter((object): object is Pod => object.kind === 'Pod');
  const ofWorkloads = workloadsOf(manifests).map(({ metadata, spec: { template } }) => ({
    kind: 'Pod',
    metadata: { ...metadata, ...template.metadata },
    spec: template.spec,
  }));
  return [...ofWorkloads, ...alone];
}
