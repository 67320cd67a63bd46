import type { Schema } from './setting.ts';

/**
 * A text that has to look like something. A plain `pattern` would be refused by Helm, in words that help nobody; so
 * whatever does not match it matches `deprecationMessage`, which no validator knows, editors show, and the chart's
 * templates print (templates/_settings.tpl). A number gets as far as that too: of `size: 20` only the unit is missing.
 */
function text(pattern: string, expected: string, example: string): Schema {
  return {
    type: ['string', 'number'],
    anyOf: [{ type: 'string', pattern }, { deprecationMessage: `expected ${expected}` }],
    examples: [example],
  };
}

/** A map in which only what is listed can stand; what else is found gets the same treatment as above. */
export function closed(properties: Schema): Schema {
  return {
    type: 'object',
    properties,
    additionalProperties: { deprecationMessage: 'not a setting of this chart' },
  };
}

const strings: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const nonEmpty: Schema = { type: 'string', minLength: 1 };
const objects: Schema = { type: 'array', items: { type: 'object' } };
const named = (...required: readonly string[]): Schema => ({
  type: 'array',
  items: {
    type: 'object',
    required: ['name', ...required],
    properties: Object.fromEntries(['name', ...required, 'value'].map((key) => [key, { type: 'string' }])),
  },
});

const unit = '(Ki|Mi|Gi|Ti|k|M|G|T)';
const bytes = text(`^[0-9]+(\\.[0-9]+)?${unit}$|^[0-9]{7,}$`, 'bytes with a unit, such as 512Mi', '512Mi');
const quantities: Schema = {
  type: 'object',
  properties: {
    cpu: text('^[0-9]+m$|^[0-9]+(\\.[0-9]+)?$', 'cores, such as 100m or 0.5', '100m'),
    memory: bytes,
    'ephemeral-storage': bytes,
  },
  additionalProperties: { type: ['string', 'number'] },
};
const name = text(
  '^([a-z]([-a-z0-9]{0,37}[a-z0-9])?)?$',
  'at most 39 of a-z, 0-9 and -, a letter first',
  'trace',
);

/** What `# @schema <name>` can say. */
export const kinds: Readonly<Record<string, Schema>> = {
  duration: text('^[1-9][0-9]*(h|d|w)$', 'hours, days or weeks, such as 48h or 7d', '48h'),
  size: text(`^[0-9]+(\\.[0-9]+)?${unit}$`, 'a size with a unit, such as 20Gi', '20Gi'),
  url: text('^(https?://.+)?$', 'a URL, such as https://example.com', 'https://example.com'),
  files: {
    type: 'object',
    patternProperties: { '^[a-z0-9.-]+\\.yaml$': { type: 'object' } },
    additionalProperties: { deprecationMessage: 'expected the name of a file, such as checkout.yaml' },
  },
  name,
  nonEmpty,
  strings,
  objects,
};

const pods = (what: string): Schema => ({ ...strings, description: what });

/** What a key is wherever it stands, if its default is of that type. */
export const kindsByKey: Readonly<Record<string, Schema>> = {
  registry: { ...nonEmpty, description: 'Host of the registry.' },
  repository: { ...nonEmpty, description: 'Path of the image in the registry.' },
  tag: { type: 'string', description: 'Tag of the image; without one it is the version of the chart.' },
  digest: {
    ...text('^(sha256:[0-9a-f]{64})?$', 'sha256: and 64 hexadecimal digits', ''),
    description: 'sha256:… of the image, which then counts more than the tag.',
  },
  pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'], description: 'When the image is pulled.' },
  resources: {
    ...closed({ requests: quantities, limits: quantities, claims: objects }),
    description: 'Requests and limits of the container.',
  },
  size: { ...kinds.size, description: 'Size of the volume.' },
  storageClass: { type: 'string', description: "Class of the volume; '' is `global.storageClass`." },
  retention: { ...kinds.duration, description: 'How long data is kept.' },
  existingSecret: { type: 'string', description: 'Name of a Secret.' },
  key: { ...kinds.nonEmpty, description: 'The key in that Secret.' },
  nameOverride: { ...name, description: 'In place of the name of the chart.' },
  fullnameOverride: { ...name, description: 'What the names of all objects begin with.' },
  commonLabels: strings,
  annotations: pods('Annotations.'),
  labels: pods('Labels.'),
  imagePullSecrets: { type: 'array', items: { type: 'string' } },
  nodeSelector: pods('Labels that a node must have.'),
  tolerations: { ...objects, description: 'Taints of nodes that are no hindrance.' },
  affinity: { type: 'object', description: 'Where pods go, in the words of Kubernetes.' },
  topologySpreadConstraints: { ...objects, description: 'How pods spread over nodes and zones.' },
  priorityClassName: { type: 'string', description: 'Who gives way to whom when there is no room.' },
  podAnnotations: pods('More annotations of the pods.'),
  podLabels: pods('More labels of the pods.'),
  extraEnv: { ...named(), description: 'More environment variables; `valueFrom` brings them from a Secret.' },
  extraVolumes: { ...named(), description: 'More volumes of the pod.' },
  extraVolumeMounts: { ...named('mountPath'), description: 'Where the container finds them.' },
};

/** Descriptions of keys that say nothing else of what they hold. */
export const descriptionsByPath: Readonly<Record<string, string>> = {
  enabled: 'Whether it is there.',
  'serviceAccount.create': 'Whether the chart makes it.',
  'serviceAccount.name': "Its name; '' is the component's own if it is made, else the namespace's default.",
};
