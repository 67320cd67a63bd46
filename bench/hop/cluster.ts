import { KubeApiServer } from '../../e2e/support/kube-api-server.ts';
import { createNamespace, createPod, createWorkload, ownerOf } from '../../e2e/support/kube-objects.ts';
import { podAddress } from '../shared/payload.ts';

/**
 * A real API server with the pods that both hops look up, in a process of its own. Sends its parent the path
 * of a kubeconfig; argv[2] is how many pods.
 */

const PODS_PER_DEPLOYMENT = 10;
const NAMESPACE = 'bench';

const server = await KubeApiServer.start();
const { client } = server;
await createNamespace(client, { name: NAMESPACE });
const pods = Number(process.argv[2]);
await Promise.all(
  Array.from({ length: pods / PODS_PER_DEPLOYMENT }, async (_, group) => {
    const name = `service-${group}`;
    const deployment = await createWorkload(client, 'Deployment', { namespace: NAMESPACE, name });
    const replicaSet = await createWorkload(client, 'ReplicaSet', {
      namespace: NAMESPACE,
      name: `${name}-6d5f7c9b8`,
      owner: ownerOf(deployment),
    });
    for (let index = 0; index < PODS_PER_DEPLOYMENT; index += 1) {
      const pod = group * PODS_PER_DEPLOYMENT + index;
      await createPod(client, {
        namespace: NAMESPACE,
        name: `${name}-6d5f7c9b8-${pod}`,
        owner: ownerOf(replicaSet),
        nodeName: `node-${pod % 20}`,
        labels: { app: name, 'pod-template-hash': '6d5f7c9b8' },
        status: { podIP: podAddress(pod), phase: 'Running' },
      });
    }
  }),
);
process.on('disconnect', () => void server.stop().then(() => process.exit()));
process.send?.({ kubeconfig: server.kubeconfig() });
