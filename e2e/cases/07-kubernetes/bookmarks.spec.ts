import { KubeApiServer } from '../../support/kube-api-server.ts';
import { createNamespace, createPod } from '../../support/kube-objects.ts';
import { eventually } from '../../support/wait.ts';
import { RunningSource } from './source.ts';

describe('a watch that nothing happens in', () => {
  let server: KubeApiServer;
  let one: RunningSource;

  beforeAll(async () => {
    server = await KubeApiServer.start();
    await createNamespace(server.client, { name: 'shop' });
  });
  afterAll(async () => {
    await one.source.stop();
    await server.stop();
  });

  it('is told by bookmarks where the cluster is, and goes on from there when all before is forgotten', async () => {
    one = await RunningSource.synced(server, {
      // The server sends a bookmark two seconds before it ends a watch. A list comes after eight failures in a row: not
      // while the server is restarted.
      api: { maxBackoff: '30s', watchTimeout: '5s' },
    });
    const { watch, objects: known } = one.watch('namespaces');
    const listedAt = Number(watch.resourceVersion);
    // The cluster moves on, and no namespace changes.
    for (let pod = 0; pod < 5; pod += 1) {
      await createPod(server.client, { namespace: 'shop', name: `pod-${pod}`, status: {} });
    }
    const bookmark = await eventually(
      'a bookmark that is newer than the list',
      async () => {
        // To answer it, the server brings its cache, from which bookmarks come, up to date.
        await server.resourceVersion();
        const { bookmarks, resourceVersion } = watch;
        return bookmarks > 0 && Number(resourceVersion) > listedAt ? resourceVersion : undefined;
      },
      { timeoutMillis: 120_000 },
    );
    await server.killApiServer();
    await server.startApiServer(['--watch-cache=false']);
    await server.compact(bookmark);
    await createNamespace(server.client, { name: 'news' });
    await one.until('the new namespace is known', () => one.watch('namespaces').objects > known);
    expect(watch.lists).toBe(1);
    expect(watch.errors.gone).toBe(0);
  });
});
