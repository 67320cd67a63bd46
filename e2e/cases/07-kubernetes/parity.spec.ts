import { KubeApiServer } from '../../support/kube-api-server.ts';
import { seeded } from '../../support/random.ts';
import { OtlpCapture } from '../../support/otlp-capture.ts';
import { eventually } from '../../support/wait.ts';
import { type Resource, sendRequests } from './otlp-resources.ts';
import { createParityCluster, parityResources } from './parity-cluster.ts';
import { ParityCollector } from './parity-collector.ts';
import { differenceOf, type Difference } from './parity-differences.ts';
import { documentedDifferences } from './parity-document.ts';
import { Processor } from './processor.ts';
import { METADATA } from './all-metadata.ts';

const REQUESTS = 320;
/** What k8s_attributes does not have, or has only with the former names. */
const NOT_COMPARED = [
  'k8s.namespace.uid',
  'k8s.container.restart_count',
  'cloud.region',
  'cloud.availability_zone',
  'container.image.tag',
];
const metadata = METADATA.filter((name) => !NOT_COMPARED.includes(name));

const KINDS = ['pod', 'namespace', 'node', 'deployment', 'statefulset', 'daemonset', 'job'];
/** By exact key, by pattern, with and without a name; written as the Collector does. */
const labels = [
  ...KINDS.map((from) => ({ from, key: 'tier', tag_name: `${from}.tier` })),
  { from: 'namespace', key: 'stage' },
  { from: 'node', key_regex: 'ra.*' },
  { from: 'pod', key_regex: 'app.kubernetes.io/(?P<what>.*)', tag_name: 'app.${what}' },
];
const annotations = [
  ...KINDS.map((from) => ({ from, key: 'note' })),
  { from: 'namespace', key_regex: '(.*).example/(.*)', tag_name: '$1.$2' },
  { from: 'node', key_regex: '(.*).example/(.*)' },
];
const sources = [['k8s.pod.uid'], ['k8s.pod.ip'], ['k8s.namespace.name', 'k8s.pod.name'], ['container.id']];
const association = [
  ...sources.map((names) => ({ sources: names.map((name) => ({ from: 'resource_attribute', name })) })),
  { sources: [{ from: 'connection' }] },
];

describe(`${REQUESTS} requests through k8s_attributes and through ours, over one cluster`, () => {
  let server: KubeApiServer;
  const found: { readonly id: string; readonly difference: Difference }[] = [];
  let sent: Resource[];
  let theirs: ReadonlyMap<string, Resource>;
  let ours: ReadonlyMap<string, Resource>;

  beforeAll(async () => {
    server = await KubeApiServer.start();
    const cluster = await createParityCluster(server.client);
    sent = parityResources(cluster, REQUESTS, seeded(7));
    const [theirCapture, ourCapture] = [new OtlpCapture(), new OtlpCapture()];
    await Promise.all([theirCapture.start(), ourCapture.start()]);
    const collector = new ParityCollector(
      {
        // The Collector reads $ as the beginning of a variable.
        extract: escapeDollars({ metadata, labels, annotations, otel_annotations: true }),
        pod_association: association,
      },
      theirCapture.address,
      server.kubeconfig(),
    );
    const processor = new Processor(
      {
        authType: 'kubeConfig',
        kubeConfig: server.kubeconfig(),
        waitForMetadata: true,
        extract: {
          metadata,
          labels: labels.map(inCamelCase),
          annotations: annotations.map(inCamelCase),
          otelAnnotations: true,
          traceAnnotations: false,
        },
        podAssociation: association,
      },
      ourCapture.address,
    );
    try {
      await Promise.all([collector.start(), processor.line('Kubernetes: everything is known')]);
      const requests = sent.map((resource) => [resource]);
      await sendRequests(collector.address, requests);
      await sendRequests(await processor.otlpAddress(), requests);
      for (const capture of [theirCapture, ourCapture]) {
        await eventually('everything arrived', () => capture.resources().length >= REQUESTS || undefined, {
          timeoutMillis: 60_000,
        });
      }
      theirs = byId(theirCapture.resources());
      ours = byId(ourCapture.resources());
    } finally {
      await Promise.all([collector.stop(), processor.stop(), theirCapture.stop(), ourCapture.stop()]);
    }
  });
  afterAll(async () => {
    await server.stop();
  });

  it('were answered by both, and most of them with attributes', () => {
    expect([theirs.size, ours.size]).toEqual([REQUESTS, REQUESTS]);
    const enriched = sent.filter(
      (resource) => Object.keys(ours.get(idOf(resource)) ?? {}).length > Object.keys(resource).length + 5,
    );
    expect(enriched.length).toBeGreaterThan(REQUESTS / 2);
  });

  it('got the same attributes, but for what the document lists', () => {
    const unexplained: object[] = [];
    for (const resource of sent) {
      const [one, other] = [theirs.get(idOf(resource)) ?? {}, ours.get(idOf(resource)) ?? {}];
      for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
        const difference = {
          sent: resource,
          key,
          theirs: one[key],
          ours: other[key],
          allTheirs: one,
          allOurs: other,
        };
        if (JSON.stringify(difference.theirs) === JSON.stringify(difference.ours)) continue;
        const id = differenceOf(difference);
        if (id !== undefined) found.push({ id, difference });
        else unexplained.push({ sent: resource, key, theirs: one[key] ?? null, ours: other[key] ?? null });
      }
    }
    expect(unexplained.slice(0, 20)).toEqual([]);
  });

  it('showed every difference that the document lists as seen here, and no other', () => {
    expect([...new Set(found.map(({ id }) => id))].sort()).toEqual(documentedDifferences().sort());
  });

  it('never lost what a sender had set', () => {
    for (const resource of sent) {
      expect(ours.get(idOf(resource))).toMatchObject(resource);
    }
  });
});

function byId(resources: readonly Resource[]): ReadonlyMap<string, Resource> {
  return new Map(resources.map((resource) => [idOf(resource), resource]));
}

function idOf(resource: Resource): string {
  return String(resource['test.id']);
}

interface FieldRule {
  readonly from: string;
  readonly key?: string;
  readonly key_regex?: string;
  readonly tag_name?: string;
}

/** As a user rewrites them who comes from the Collector: camel case, and JavaScript's name for a group's name. */
function inCamelCase({ from, key, key_regex: keyRegex, tag_name: tagName }: FieldRule): object {
  return { from, key, keyRegex: keyRegex?.replace('(?P<', '(?<'), tagName };
}

function escapeDollars(value: object): object {
  return JSON.parse(JSON.stringify(value).replaceAll('$', '$$$$')) as object;
}
