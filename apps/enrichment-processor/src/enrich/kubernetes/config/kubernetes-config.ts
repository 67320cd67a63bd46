import { byteSize, duration } from '@trace/runtime';
import { z } from 'zod';
import { DEFAULT_METADATA, METADATA_NAMES } from './metadata-names';

const MAX_RULES = 64;
const MAX_SOURCES = 4;
const name = z.string().min(1).max(253);
const key = z.string().min(1).max(317);

/** Where a label or an annotation can be taken from. */
export const FIELD_ORIGINS = [
  'pod',
  'namespace',
  'node',
  'deployment',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
] as const;
export type FieldOrigin = (typeof FIELD_ORIGINS)[number];

const fieldExtract = z
  .strictObject({
    tagName: z
      .string()
      .min(1)
      .max(256)
      .refine((text) => !text.includes('$$'), 'a reference such as "$1": "$$" is the escape of the Collector')
      .optional()
      .describe(
        'Name of the attribute; with keyRegex it may refer to groups as $1 or ${name}. Default: k8s.<from>.label.<key> (annotation).',
      ),
    key: key.optional().describe('The label or annotation, exactly. Either this or keyRegex.'),
    keyRegex: z
      .string()
      .min(1)
      .max(1024)
      .refine(isRegExp, 'a regular expression')
      .optional()
      .describe('Every label or annotation whose whole key matches. Either this or key.'),
    from: z.enum(FIELD_ORIGINS).default('pod').describe('The object that carries it; default: the pod.'),
  })
  .refine((field) => (field.key === undefined) !== (field.keyRegex === undefined), {
    message: 'either key or keyRegex',
  })
  .refine(
    (field) =>
      field.tagName === undefined || field.keyRegex === undefined || groupCount(field.keyRegex) !== 0,
    { path: ['tagName'], message: 'no tagName, or a group in keyRegex that it refers to' },
  );
export type FieldExtract = z.output<typeof fieldExtract>;

const fieldFilter = z.strictObject({
  key: key.describe('A field that the API server can select pods by, e.g. status.phase.'),
  value: z.string().max(253).default('').describe('What it is compared with.'),
  op: z.enum(['equals', 'not-equals']).default('equals').describe('How it is compared.'),
});

const labelFilter = z.strictObject({
  key: key.describe('A label of the pod.'),
  value: z.string().max(63).default('').describe('What it is compared with; not used by exists.'),
  op: z
    .enum(['equals', 'not-equals', 'exists', 'does-not-exist'])
    .default('equals')
    .describe('How it is compared.'),
});

const source = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('resource_attribute').describe('An attribute of the resource.'),
    name: name.describe('Its name, e.g. k8s.pod.uid.'),
  }),
  z.strictObject({
    from: z
      .literal('connection')
      .describe(
        'The address that the telemetry came from: k8s.pod.ip as the Collector stamped it, or the peer.',
      ),
  }),
]);
export type AssociationSource = z.output<typeof source>;

const association = z.strictObject({
  sources: z
    .array(source)
    .min(1)
    .max(MAX_SOURCES)
    .describe(`Conditions, ${MAX_SOURCES} at most, that must all hold.`),
});
export type Association = z.output<typeof association>;

const DEFAULT_ASSOCIATION: z.input<typeof association>[] = [
  { sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] },
  { sources: [{ from: 'resource_attribute', name: 'k8s.pod.ip' }] },
  {
    sources: [
      { from: 'resource_attribute', name: 'k8s.namespace.name' },
      { from: 'resource_attribute', name: 'k8s.pod.name' },
    ],
  },
  { sources: [{ from: 'connection' }] },
];

const extract = z.strictObject({
  metadata: z
    .array(z.enum(METADATA_NAMES))
    .default([...DEFAULT_METADATA])
    .describe('Attributes to add, by name; the list replaces the default.'),
  labels: z.array(fieldExtract).max(MAX_RULES).default([]).describe('Labels to add as attributes.'),
  annotations: z.array(fieldExtract).max(MAX_RULES).default([]).describe('Annotations to add as attributes.'),
  otelAnnotations: z
    .boolean()
    .default(true)
    .describe(
      'Adds the pod annotations resource.opentelemetry.io/<name> as <name>; default: as the conventions say.',
    ),
  traceAnnotations: z
    .boolean()
    .default(true)
    .describe(
      'Adds trace.io/{owner,criticality,runbook,dashboard} of the pod, else its workload, else its namespace, as service.owner and its like.',
    ),
  maxValueLength: z
    .int()
    .min(1)
    .max(262_144)
    .default(1024)
    .describe(
      'Characters; a longer label or annotation is left out and counted. An annotation can have 256 KiB.',
    ),
});

const filter = z.strictObject({
  node: name.optional().describe('Only the pods of this node.'),
  nodeFromEnvVar: name
    .optional()
    .describe('Only the pods of the node that this environment variable names (an agent on each node).'),
  namespace: name.optional().describe('Only the pods of this namespace; then a Role is enough for them.'),
  fields: z.array(fieldFilter).max(MAX_RULES).default([]).describe('Only pods whose fields compare so.'),
  labels: z.array(labelFilter).max(MAX_RULES).default([]).describe('Only pods whose labels compare so.'),
});

const api = z.strictObject({
  pageSize: z.int().min(1).max(5000).default(500).describe('Objects in one page of a list.'),
  requestTimeout: duration().prefault('30s').describe('Deadline of one page.'),
  watchTimeout: duration()
    .prefault('5m')
    .describe(
      'How long a watch may last before it is asked for anew; lengthened by up to as much again, at random.',
    ),
  watchIdleTimeout: duration()
    .prefault('90s')
    .describe(
      'A watch without a byte for so long is asked for anew; the API server sends a bookmark a minute.',
    ),
  maxBackoff: duration()
    .prefault('10s')
    .describe('Longest pause before the next try after an error; the first is 250 ms.'),
  maxObjectBytes: byteSize().prefault('4MiB').describe('Largest object; etcd refuses more than 1.5 MiB.'),
});

/** Section `enrich.kubernetes`: the concepts and defaults of the Collector's k8s_attributes, in camel case. */
export const kubernetesSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Watches a cluster and adds its metadata; default: no cluster is needed.'),
  authType: z
    .enum(['serviceAccount', 'kubeConfig'])
    .default('serviceAccount')
    .describe('How to reach the API server: as a pod of the cluster, or by a kubeconfig file.'),
  kubeConfig: z
    .string()
    .min(1)
    .optional()
    .describe('Path of the kubeconfig file; default: the first of $KUBECONFIG, else ~/.kube/config.'),
  context: name.optional().describe('Context of the kubeconfig file; default: its current one.'),
  extract: extract.prefault({}).describe('What is added.'),
  filter: filter.prefault({}).describe('Which pods are known.'),
  podAssociation: z
    .array(association)
    .min(1)
    .max(16)
    .prefault(DEFAULT_ASSOCIATION)
    .describe('How telemetry finds its pod: the first rule whose conditions all have a value decides.'),
  exclude: z
    .strictObject({
      pods: z
        .array(
          z.strictObject({
            name: z
              .string()
              .min(1)
              .max(253)
              .refine(isRegExp, 'a regular expression')
              .describe('Found anywhere in the name.'),
          }),
        )
        .max(MAX_RULES)
        .default([{ name: 'jaeger-agent' }, { name: 'jaeger-collector' }])
        .describe('Pods that nothing is added for, by regular expression.'),
    })
    .prefault({})
    .describe('Pods that relay the telemetry of others.'),
  waitForMetadata: z
    .boolean()
    .default(false)
    .describe(
      '/readyz waits until everything was listed once; default: telemetry flows at once, at first without metadata.',
    ),
  podDeleteGracePeriod: duration()
    .prefault('120s')
    .describe('How long a deleted pod stays known, for telemetry that is late.'),
  maxPods: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(50_000)
    .describe('Pods kept, deleted ones included while there is room; more are counted and left out.'),
  maxObjects: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe('Objects kept of each other kind, e.g. ReplicaSets; more are counted and left out.'),
  api: api.prefault({}).describe('How the API server is spoken to.'),
});
export type KubernetesConfig = z.output<typeof kubernetesSchema>;

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function groupCount(pattern: string): number {
  if (!isRegExp(pattern)) return NaN;
  // A pattern that may match nothing shows its groups in any match.
  return (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1;
}
