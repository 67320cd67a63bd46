import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeApiServer } from '../../support/kube-api-server.ts';
import { createNamespace, createPod, podPath } from '../../support/kube-objects.ts';
import { sleep } from '../../support/wait.ts';
import { Network } from './network.ts';
import { RunningSource } from './source.ts';

/** A list comes after eight failures in a row, and not while a test still prepares what comes after the cut. */
const PATIENT = { api: { maxBackoff: '30s' } };
const QUICK = { api: { maxBackoff: '500ms' }, podDeleteGracePeriod: '200ms' };

describe('what is known of a cluster', () => {
  let server: KubeApiServer;
  let network: Network;
  let running: RunningSource | undefined;

  beforeAll(async () => {
    // Without its cache, the API server remembers exactly what etcd does.
    server = await KubeApiServer.start({ flags: ['--watch-cache=false'] });
    await createNamespace(server.client, { name: 'shop' });
  });
  beforeEach(async () => {
    network = await Network.inFrontOf(server.url);
  });
  afterEach(async () => {
    await running?.source.stop();
    running = undefined;
    network.close();
  });
  afterAll(async () => {
    await server.stop();
  });

  async function start(config: object = {}): Promise<RunningSource> {
    running = new RunningSource(server.kubeconfig(server.adminToken, network.url), { ...QUICK, ...config });
    running.source.start();
    await running.until('everything is listed', ({ source }) => source.state.synced);
    return running;
  }

  it('is resumed where it was after a broken connection, without a list', async () => {
    const one = await start(PATIENT);
    network.cut();
    await createPod(server.client, { namespace: 'shop', name: 'meanwhile', status: { podIP: '10.2.0.1' } });
    expect(one.byIp('10.2.0.1')).toBeUndefined();
    network.open();
    await one.until('the pod is known', () => one.byIp('10.2.0.1') !== undefined);
    expect(one.watch('pods').watch.lists).toBe(1);
    expect(one.watch('pods').watch.errors.connection).toBeGreaterThan(0);
    expect(one.warnings().join('\n')).toContain('what is known is used meanwhile');
  });

  it('is listed anew after 410 Gone, and nothing that is still there is lost meanwhile', async () => {
    await createPod(server.client, { namespace: 'shop', name: 'stays', status: { podIP: '10.2.1.1' } });
    await createPod(server.client, { namespace: 'shop', name: 'goes', status: { podIP: '10.2.1.2' } });
    const one = await start(PATIENT);
    network.cut();
    await server.client.delete(podPath('shop', 'goes'));
    await createPod(server.client, { namespace: 'shop', name: 'comes', status: { podIP: '10.2.1.3' } });
    await server.compact();
    const stays = one.byIp('10.2.1.1');
    let lookups = 0;
    const watching = setInterval(() => {
      if (one.byIp('10.2.1.1') === stays) lookups += 1;
      else lookups = -Infinity;
    }, 1);
    network.open();
    await one.until('the new pod is known', () => one.byIp('10.2.1.3') !== undefined);
    await one.until('the deleted pod is forgotten', () => one.byIp('10.2.1.2') === undefined);
    clearInterval(watching);
    expect(one.watch('pods').watch.errors.gone).toBe(1);
    expect(one.watch('pods').watch.lists).toBe(2);
    expect(lookups).toBeGreaterThan(0);
  });

  it('outlasts a network that swallows everything: a silent watch is asked for anew', async () => {
    const one = await start({
      api: { maxBackoff: '500ms', watchIdleTimeout: '3s', requestTimeout: '3s' },
    });
    network.silence();
    await createPod(server.client, { namespace: 'shop', name: 'unheard', status: { podIP: '10.2.2.1' } });
    await sleep(600);
    expect(one.byIp('10.2.2.1')).toBeUndefined();
    network.open();
    await one.until('the pod is known', () => one.byIp('10.2.2.1') !== undefined);
    expect(one.watch('pods').watch.errors.timeout).toBeGreaterThan(0);
  });

  it('waits no longer than its deadline for a list, says so, and tries again', async () => {
    network.silence();
    running = new RunningSource(server.kubeconfig(server.adminToken, network.url), {
      api: { maxBackoff: '200ms', requestTimeout: '3s' },
      waitForMetadata: true,
    });
    const one = running;
    one.source.start();
    await one.until('the deadline passed', () => one.watch('pods').watch.errors.timeout > 0);
    expect(one.source.readiness.ready).toBe(false);
    expect(one.warnings().join('\n')).toContain('is too slow with pods: no complete answer within 3000 ms');
    network.open();
    await one.until('it is ready', () => one.source.readiness.ready);
  });

  it('is used while the API server restarts, and is up to date soon after', async () => {
    const one = await start();
    await createPod(server.client, { namespace: 'shop', name: 'before', status: { podIP: '10.2.3.1' } });
    await one.until('the pod is known', () => one.byIp('10.2.3.1') !== undefined);
    await server.killApiServer();
    await one.until('the loss was noticed', () => one.watch('pods').watch.errors.connection > 0);
    expect(one.byIp('10.2.3.1')).toMatchObject({ 'k8s.pod.name': 'before' });
    await server.startApiServer();
    await createPod(server.client, { namespace: 'shop', name: 'after', status: { podIP: '10.2.3.2' } });
    await one.until('the new pod is known', () => one.byIp('10.2.3.2') !== undefined);
    expect(one.byIp('10.2.3.1')).toMatchObject({ 'k8s.pod.name': 'before' });
  });

  it('goes on when the token was renewed: a token that is refused is read again', async () => {
    const tokenFile = join(server.directory, 'renewed-token');
    writeFileSync(tokenFile, server.adminToken);
    running = new RunningSource(server.kubeconfig({ tokenFile }, network.url), QUICK);
    const one = running;
    one.source.start();
    await one.until('everything is listed', ({ source }) => source.state.synced);
    await server.killApiServer();
    server.renewAdminToken();
    await server.startApiServer();
    await one.until('the old token was refused', () => one.watch('pods').watch.errors.unauthorized > 0);
    writeFileSync(tokenFile, server.adminToken);
    await createPod(server.client, { namespace: 'shop', name: 'renewed', status: { podIP: '10.2.4.1' } });
    await one.until('the pod is known', () => one.byIp('10.2.4.1') !== undefined);
    expect(one.warnings().join('\n')).toContain('does not accept our token');
  });

  it('is listed in pages', async () => {
    const pods = 620;
    await createNamespace(server.client, { name: 'many' });
    await Promise.all(
      Array.from({ length: pods }, (_, index) =>
        createPod(server.client, {
          namespace: 'many',
          name: `pod-${index}`,
          status: { podIP: `10.9.${Math.floor(index / 200)}.${(index % 200) + 1}` },
        }),
      ),
    );
    const one = await start({ filter: { namespace: 'many' } });
    const { watch, objects } = one.watch('pods');
    expect({ objects, pages: watch.pages, lists: watch.lists }).toEqual({
      objects: pods,
      pages: 2,
      lists: 1,
    });
    expect(one.byIp('10.9.3.20')).toMatchObject({ 'k8s.pod.name': 'pod-619' });
  });

  it('waits for its rights, and says which rule they need', async () => {
    running = new RunningSource(server.kubeconfig(server.userToken), {
      ...QUICK,
      extract: { traceAnnotations: false, metadata: ['k8s.pod.name', 'k8s.deployment.uid'] },
    });
    const one = running;
    one.source.start();
    await one.until('both were refused', () =>
      ['pods', 'replicasets'].every((name) => one.watch(name).watch.errors.forbidden > 0),
    );
    const warnings = one.warnings().join('\n');
    expect(warnings).toContain('- {apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}');
    expect(warnings).toContain(
      '- {apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list", "watch"]}',
    );
    // The very rules that the lines above ask for.
    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list', 'watch'] },
    ];
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const apiGroup = 'rbac.authorization.k8s.io';
    await server.client.create(`${rbac}/clusterroles`, { metadata: { name: 'trace' }, rules });
    await server.client.create(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'trace' },
      subjects: [{ kind: 'User', name: 'trace', apiGroup }],
      roleRef: { kind: 'ClusterRole', name: 'trace', apiGroup },
    });
    await one.until('everything is listed', ({ source }) => source.state.synced);
    expect(one.watch('pods').watch.errors.forbidden).toBeGreaterThan(0);
  });
});
