import { kubernetesSchema } from '../config/kubernetes-config';
import { METADATA_NAMES } from '../config/metadata-names';
import { podRecord } from '../objects/pod';
import { ClusterObjects } from './cluster-objects';
import { PodAttributes } from './pod-attributes';

const config = kubernetesSchema.parse({ extract: { metadata: [...METADATA_NAMES] } });

/** Minutes since the epoch of 2026-01-02T03:04Z, as the CronJob controller writes them. */
const DUE_MINUTES = Date.parse('2026-01-02T03:04:00Z') / 60_000;

function attributesOf(owner: object, labels = {}): Record<string, unknown> {
  const record = podRecord(
    {
      metadata: {
        uid: 'u',
        name: 'p',
        namespace: 'n',
        labels,
        creationTimestamp: '2026-01-02T03:05:00Z',
        ownerReferences: [owner],
      },
    },
    [],
  );
  return new PodAttributes(
    config,
    new ClusterObjects({ graceMillis: 0, maxObjects: 10, onTableFull: () => undefined }, () => 0),
  ).of(record!);
}

describe('owners that are not watched', () => {
  it('are told from the name of the ReplicaSet when the pod has its hash', () => {
    const owner = { kind: 'ReplicaSet', name: 'web-5d4f8', uid: 'rs' };
    expect(attributesOf(owner, { 'pod-template-hash': '5d4f8' })).toMatchObject({
      'k8s.deployment.name': 'web',
      'service.name': 'web',
    });
    expect(attributesOf(owner, { 'pod-template-hash': 'other' })).toMatchObject({
      'service.name': 'web-5d4f8',
    });
    expect(attributesOf(owner)).not.toHaveProperty(['k8s.deployment.name']);
  });

  it("are told from the name of the Job when it is a time near the pod's", () => {
    const job = (minutes: number): object => ({ kind: 'Job', name: `nightly-${minutes}`, uid: 'j' });
    expect(attributesOf(job(DUE_MINUTES))).toMatchObject({
      'k8s.cronjob.name': 'nightly',
      'service.name': 'nightly',
    });
    expect(attributesOf(job(DUE_MINUTES - 24 * 60 + 1))).toHaveProperty(['k8s.cronjob.name']);
    expect(attributesOf(job(DUE_MINUTES - 24 * 60 - 10))).not.toHaveProperty(['k8s.cronjob.name']);
    expect(attributesOf({ kind: 'Job', name: 'once', uid: 'j' })).not.toHaveProperty(['k8s.cronjob.name']);
  });

  it('of another kind are nobody we know', () => {
    expect(attributesOf({ kind: 'Rollout', name: 'r', uid: 'r' })).toMatchObject({ 'service.name': 'p' });
  });
});
