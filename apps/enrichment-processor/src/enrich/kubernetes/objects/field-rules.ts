import type { Attributes } from '@trace/otlp';
import { StringPool } from './string-pool';
import type { FieldExtract, FieldOrigin } from '../config/kubernetes-config';

type Field = 'label' | 'annotation';
type Fields = Readonly<Record<string, string>> | undefined;
export type MutableAttributes = Record<string, Attributes[string]>;

interface FieldRule {
  readonly field: Field;
  readonly key: string | undefined;
  readonly pattern: RegExp | undefined;
  /** The attribute's name, in which $1 and ${name} are groups of the pattern. */
  readonly tagName: string | undefined;
  readonly defaultPrefix: string;
}

const OTEL_ANNOTATION: FieldExtract = {
  tagName: '$1',
  keyRegex: 'resource\\.opentelemetry\\.io/(.+)',
  from: 'pod',
};

/** The labels and annotations of one kind of object that become attributes. */
export class FieldRules {
  readonly #rules: readonly FieldRule[];

  constructor(
    origin: FieldOrigin,
    extract: {
      readonly labels: readonly FieldExtract[];
      readonly annotations: readonly FieldExtract[];
      readonly otelAnnotations: boolean;
      readonly maxValueLength: number;
    },
    private readonly onTooLong: () => void,
    private readonly strings = new StringPool(),
  ) {
    this.maxValueLength = extract.maxValueLength;
    const annotations = [...extract.annotations, ...(extract.otelAnnotations ? [OTEL_ANNOTATION] : [])];
    this.#rules = [
      ...compile('label', origin, extract.labels),
      ...compile('annotation', origin, annotations),
    ];
  }

  private readonly maxValueLength: number;

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Adds what the rules for this field find; a later rule wins, as in the Collector. */
  apply(field: Field, fields: Fields, attributes: MutableAttributes): void {
    if (fields === undefined) return;
    for (const rule of this.#rules) {
      if (rule.field !== field) continue;
      if (rule.key !== undefined) {
        const value = fields[rule.key];
        if (value !== undefined) this.#set(attributes, rule.tagName ?? rule.defaultPrefix + rule.key, value);
      } else if (rule.pattern !== undefined) {
        for (const [key, value] of Object.entries(fields)) {
          const match = value === '' ? null : rule.pattern.exec(key);
          if (match === null) continue;
          const name = rule.tagName === undefined ? rule.defaultPrefix + key : expand(rule.tagName, match);
          if (name !== '') this.#set(attributes, name, value);
        }
      }
    }
  }

  #set(attributes: MutableAttributes, name: string, value: string): void {
    if (value.length > this.maxValueLength) this.onTooLong();
    else attributes[name] = this.strings.share(value);
  }
}

function compile(field: Field, origin: FieldOrigin, rules: readonly FieldExtract[]): FieldRule[] {
  return rules
    .filter(({ from }) => from === origin)
    .map(({ key, keyRegex, tagName }) => ({
      field,
      key,
      pattern: keyRegex === undefined ? undefined : new RegExp(`^(?:${keyRegex})$`),
      tagName,
      defaultPrefix: `k8s.${origin}.${field}.`,
    }));
}

/** As Go's regexp.Expand, which the Collector uses: an unknown group is empty. */
function expand(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    const group = braced ?? plain ?? '';
    return (/^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]) ?? '';
  });
}
