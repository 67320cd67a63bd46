import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, configProblem } from '@trace/runtime';
import { type AccessSource, fileToken } from './cluster-access';

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * What every pod is given (kubernetes.io/docs/tasks/run-application/access-api-from-pod).
 * @throws ConfigError outside a cluster, or when the pod has automountServiceAccountToken: false
 */
export function serviceAccountAccess(file: string, env: NodeJS.ProcessEnv, mount = MOUNT): AccessSource {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || host === '' || port === undefined || port === '') {
    throw new ConfigError([
      configProblem(
        file,
        'enrich.kubernetes.authType',
        'serviceAccount',
        'kubeConfig, or a pod of the cluster: KUBERNETES_SERVICE_HOST is not set',
      ),
    ]);
  }
  const tokenFile = join(mount, 'token');
  if (!existsSync(tokenFile)) {
    throw new ConfigError([
      configProblem(
        file,
        'enrich.kubernetes.authType',
        'serviceAccount',
        `a pod with a service account token: there is no ${tokenFile} (automountServiceAccountToken: false?)`,
      ),
    ]);
  }
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: { file: join(mount, 'ca.crt') },
    token: fileToken(tokenFile),
  };
}
