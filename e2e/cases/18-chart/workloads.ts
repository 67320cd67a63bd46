import { type KubernetesObject, objectsOf } from '../../support/helm.ts';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly resources: { readonly requests: { readonly memory: string }; readonly limits: { memory: string } };
  readonly securityContext: unknown;
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface VolumeClaim {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}

export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations: Readonly<Record<string, string>>;
      };
      readonly spec: {
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: unknown;
        readonly containers: readonly Container[];
        readonly volumes: readonly object[];
      };
    };
    readonly volumeClaimTemplates?: readonly VolumeClaim[];
  };
}

export function workloadsOf(manifests: string): Workload[] {
  return objectsOf(manifests).filter(
    (object): object is Workload => object.kind === 'StatefulSet' || object.kind === 'Deployment',
  );
}
