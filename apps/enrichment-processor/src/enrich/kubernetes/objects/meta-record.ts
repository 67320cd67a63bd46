import type { KubernetesConfig, FieldOrigin } from '../config/kubernetes-config';
import type { MetadataName } from '../config/metadata-names';
import type { ApiObject } from './api-shapes';
import { FieldRules, type MutableAttributes } from './field-rules';
import { NO_TRACE_ATTRIBUTES, type TraceAttributes, traceAttributes } from './trace-annotations';

/** An object other than a pod: only its metadata is ever asked for. */
export interface MetaRecord {
  readonly uid: string;
  readonly name: string;
  /** What its labels and annotations add to its pods. */
  readonly attributes: Readonly<MutableAttributes>;
  readonly trace: TraceAttributes;
  /** Its controller: the Deployment of a ReplicaSet, the CronJob of a Job. */
  readonly controller: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
}

/** Told about what an object carries that cannot be used. */
export interface FieldEvents {
  onValueTooLong(): void;
  onInvalidAnnotation(annotation: string, value: string): void;
}

/** Makes small records of one kind of object. */
export class MetaReader {
  readonly #rules: FieldRules;
  readonly #traceAnnotations: boolean;
  readonly #places: typeof PLACES;

  constructor(
    private readonly origin: FieldOrigin | undefined,
    extract: KubernetesConfig['extract'],
    private readonly events: FieldEvents,
  ) {
    const rules = { ...extract, otelAnnotations: false };
    this.#rules = new FieldRules(
      origin ?? 'pod',
      origin === undefined ? { ...rules, labels: [], annotations: [] } : rules,
      () => {
        events.onValueTooLong();
      },
    );
    this.#places = PLACES.filter(([attribute]) => extract.metadata.includes(attribute));
    // A node says nothing about the services on it; ReplicaSets copy what the Deployment says better.
    this.#traceAnnotations = extract.traceAnnotations && origin !== undefined && origin !== 'node';
  }

  read({ metadata }: ApiObject): MetaRecord | undefined {
    if (metadata?.uid === undefined || metadata.name === undefined) return undefined;
    const { uid, name, labels, annotations, ownerReferences } = metadata;
    const attributes: MutableAttributes = {};
    this.#rules.apply('label', labels, attributes);
    this.#rules.apply('annotation', annotations, attributes);
    if (this.origin === 'node') this.#addPlace(labels ?? {}, attributes);
    const controller = ownerReferences?.find((one) => one.controller === true);
    return {
      uid,
      name,
      attributes,
      trace: this.#traceAnnotations
        ? traceAttributes(annotations, (annotation, value) => {
            this.events.onInvalidAnnotation(annotation, value);
          })
        : NO_TRACE_ATTRIBUTES,
      controller:
        controller?.kind === undefined || controller.name === undefined || controller.uid === undefined
          ? undefined
          : { kind: controller.kind, name: controller.name, uid: controller.uid },
    };
  }

  #addPlace(labels: Readonly<Record<string, string>>, attributes: MutableAttributes): void {
    for (const [attribute, label, former] of this.#places) {
      const value = labels[label] ?? labels[former];
      if (value !== undefined && value !== '') attributes[attribute] ??= value;
    }
  }
}

/** Well-known labels of a node, and what they were called before Kubernetes 1.17. */
const PLACES: readonly (readonly [attribute: MetadataName, label: string, formerLabel: string])[] = [
  ['cloud.region', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'],
  ['cloud.availability_zone', 'topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'],
];
