import { type KubernetesObject, objectsOf } from '../../support/helm.ts';

interface ConfigMap extends KubernetesObject {
  readonly data: Readonly<Record<string, string>>;
}

/** File name → text of a ConfigMap of a render; throws if there is none of that name. */
export function configMap(manifests: string, name: string): ConfigMap['data'] {
  const found = objectsOf(manifests).find(
    (object): object is ConfigMap => object.kind === 'ConfigMap' && object.metadata.name === name,
  );
  if (found === undefined) throw new Error(`no ConfigMap ${name}`);
  return found.data;
}
