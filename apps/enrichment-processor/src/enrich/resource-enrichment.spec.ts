import type { ResourceView } from '@trace/otlp';
import { ResourceEnrichment, type ResourceSource } from './resource-enrichment';
import { RuleCounts } from './rule-counts';

const POD = Object.freeze({ 'k8s.pod.name': 'p', 'service.name': 'orders', 'service.owner': 'of-the-pod' });
const FIXED = { 'deployment.environment.name': 'test', 'service.criticality': 'low' };
const CATALOGUE = {
  services: {
    orders: { owner: 'team-orders', criticality: 'high' as const },
    users: { owner: 'team-users' },
    a: { owner: 'a' },
    b: { owner: 'b' },
    c: { owner: 'c' },
    d: { owner: 'd' },
  },
};

class Cluster implements ResourceSource {
  readonly wantedKeys = ['k8s.pod.ip'];
  counted = 0;

  match(resource: ResourceView): { attributes: typeof POD } | undefined {
    this.counted += 1;
    return this.peek(resource);
  }

  peek(resource: ResourceView): { attributes: typeof POD } | undefined {
    return resource.get('k8s.pod.ip') === '10.0.0.1' ? { attributes: POD } : undefined;
  }
}

describe('ResourceEnrichment', () => {
  const cluster = new Cluster();
  const counts = new RuleCounts();
  const enrichment = new ResourceEnrichment(FIXED, CATALOGUE, cluster, counts);
  const explain = (resource: Record<string, string>): Record<string, unknown> =>
    enrichment.explain(new Map(Object.entries(resource)), {}).added;

  it('prefers what knows the process better: the sender, the pod, the catalogue, the fixed ones', () => {
    expect(explain({})).toEqual(FIXED);
    expect(explain({ 'service.name': 'users' })).toEqual({ ...FIXED, 'service.owner': 'team-users' });
    // The pod says which service it is, and the catalogue what that is.
    expect(explain({ 'k8s.pod.ip': '10.0.0.1' })).toEqual({
      ...FIXED,
      'service.criticality': 'high',
      ...POD,
    });
    expect(explain({ 'k8s.pod.ip': '10.0.0.1', 'service.owner': 'mine' })).not.toHaveProperty(
      'service.owner',
    );
  });

  it('counts telemetry, and not the person who asks', () => {
    expect([cluster.counted, counts.enriched.size]).toEqual([0, 0]);
    const source = enrichment.forRequest({});
    source.additionsFor(new Map([['service.name', 'users']]));
    source.additionsFor(new Map([['service.name', 'nobody']]));
    expect(cluster.counted).toBe(2);
    expect(counts.enriched.get('catalogue')?.get('')).toBe(1);
    expect(counts.missed.get('catalogue')?.get('unknown_service')).toBe(1);
  });

  it('encodes a pod once, and is right however many services its sender makes up', () => {
    const source = enrichment.forRequest({});
    const owner = (service: string): string =>
      source
        .additionsFor(
          new Map([
            ['k8s.pod.ip', '10.0.0.1'],
            ['service.name', service],
          ]),
        )
        .resource.toString('latin1');
    const first = source.additionsFor(new Map([['k8s.pod.ip', '10.0.0.1']]));
    expect(source.additionsFor(new Map([['k8s.pod.ip', '10.0.0.1']]))).toBe(first);
    for (const service of ['a', 'b', 'c', 'd', 'users', 'orders', 'a']) {
      expect(owner(service)).toContain('of-the-pod');
    }
    expect(source.additionsFor(new Map([['k8s.pod.ip', '10.0.0.1']])).resource).toEqual(first.resource);
  });
});
