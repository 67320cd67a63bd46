import { eventually } from '../support/wait.ts';
import { CountedLoad } from './support/counted-load.ts';
import { kubectl, namespace } from './support/kubectl.ts';
import { allReady, helmRelease, ofPods, ofRelease, rollback, uninstall } from './support/release.ts';

test('an upgrade with changed values, and going back, lose nothing that was acknowledged', async () => {
  const generation = await generationOf('statefulset/trace-collector');
  await underLoad(async () => {
    await helmRelease('upgrade', 'environment=upgraded', 'tempo.retention=24h', 'prometheus.retention=14d');
    expect(await generationOf('statefulset/trace-collector')).toBeGreaterThan(generation);
    await rollback();
  });
});

test('every pod is deleted once under load, and nothing that was acknowledged is lost', async () => {
  await underLoad(async () => {
    for (const place of [namespace, `${namespace}-agent`]) {
      const pods = await kubectl('get', 'pods', '--namespace', place, ofRelease, '--output=name');
      for (const pod of pods.trim().split('\n')) {
        await kubectl('delete', pod, '--namespace', place, '--wait=true', '--timeout=3m');
        await allReady();
      }
    }
  });
});

test('helm uninstall leaves the volumes, and nothing else', async () => {
  await uninstall();
  const listable = await kubectl('api-resources', '--verbs=list,delete', '--output=name');
  // Events end by themselves, and volumes are named by their claims.
  const kinds = listable
    .trim()
    .split('\n')
    .filter((kind) => !/^(events|pods\.metrics|persistentvolumes$)/.test(kind));
  const left = await eventually(
    'the pods are gone',
    async () => {
      const names = (await kubectl('get', kinds.join(','), ofRelease, '--output=name')).trim().split('\n');
      return names.some((name) => name.startsWith('pod/')) ? undefined : names.sort();
    },
    ofPods,
  );
  expect(left).toEqual(
    ['alert-engine', 'collector', 'loki', 'nats', 'prometheus', 'tempo'].map(
      (name) => `persistentvolumeclaim/data-trace-${name}-0`,
    ),
  );
  await expect(kubectl('get', 'namespace', `${namespace}-agent`)).rejects.toThrow(/not found/i);
  await kubectl('delete', 'namespace', namespace);
});

/** Nothing is lost of what is acknowledged while the work is done. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  const load = new CountedLoad();
  try {
    await work();
  } finally {
    await load.stop();
  }
  const [spans, lines] = [await load.lostSpans(), await load.lostLines()];
  console.log(
    `spans ${JSON.stringify(spans)}, lines ${JSON.stringify(lines)}; refused and sent again: ${load.refusals}`,
  );
  expect(spans.acknowledged).toBeGreaterThan(0);
  expect({ spans: spans.lost, lines: lines.lost }).toEqual({ spans: 0, lines: 0 });
}

async function generationOf(workload: string): Promise<number> {
  return Number(await kubectl('get', workload, '--output=jsonpath={.metadata.generation}'));
}
