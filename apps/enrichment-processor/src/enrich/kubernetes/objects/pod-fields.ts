import type { KubernetesConfig } from '../config/kubernetes-config';
import type { ApiObject } from './api-shapes';
import { FieldRules, type MutableAttributes } from './field-rules';
import type { FieldEvents } from './meta-record';
import type { StringPool } from './string-pool';
import { NO_TRACE_ATTRIBUTES, type TraceAttributes, traceAttributes } from './trace-annotations';

/** Well-known labels → service.*, if that attribute is wanted; instance wins over name, as the conventions say. */
const SERVICE_LABELS = [
  ['service.name', 'app.kubernetes.io/name'],
  ['service.name', 'app.kubernetes.io/instance'],
  ['service.version', 'app.kubernetes.io/version'],
] as const;

/** Reads the labels and annotations of pods. */
export class PodFieldReader {
  readonly #rules: FieldRules;
  readonly #serviceLabels: (typeof SERVICE_LABELS)[number][];
  readonly #traceAnnotations: boolean;

  constructor(
    { extract }: KubernetesConfig,
    private readonly events: FieldEvents,
    private readonly strings: StringPool,
  ) {
    this.#rules = new FieldRules(
      'pod',
      extract,
      () => {
        events.onValueTooLong();
      },
      strings,
    );
    this.#serviceLabels = SERVICE_LABELS.filter(([attribute]) => extract.metadata.includes(attribute));
    this.#traceAnnotations = extract.traceAnnotations;
  }

  /** What is to be laid over the attributes of the pod's own fields. */
  read({ metadata }: ApiObject): { fields: MutableAttributes; trace: TraceAttributes } {
    const fields: MutableAttributes = {};
    const labels = metadata?.labels;
    this.#rules.apply('label', labels, fields);
    for (const [attribute, label] of this.#serviceLabels) {
      const value = labels?.[label];
      if (value !== undefined && value !== '') fields[attribute] = this.strings.share(value);
    }
    // Annotations last: what a person wrote for OpenTelemetry wins over what labels imply.
    this.#rules.apply('annotation', metadata?.annotations, fields);
    const trace = this.#traceAnnotations
      ? traceAttributes(metadata?.annotations, (annotation, value) => {
          this.events.onInvalidAnnotation(annotation, value);
        })
      : NO_TRACE_ATTRIBUTES;
    return { fields, trace };
  }
}
