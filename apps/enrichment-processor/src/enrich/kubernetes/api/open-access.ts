import { ConfigError, configProblem } from '@trace/runtime';
import type { KubernetesConfig } from '../config/kubernetes-config';
import type { AccessSource } from './cluster-access';
import { defaultKubeconfig, kubeconfigAccess } from './kubeconfig';
import { serviceAccountAccess } from './service-account';

/** Finds the API server as the configuration says. @param file the configuration's, for messages @throws ConfigError */
export function openAccess(
  { authType, kubeConfig, context }: KubernetesConfig,
  file: string,
  env: NodeJS.ProcessEnv,
): AccessSource {
  return authType === 'serviceAccount'
    ? serviceAccountAccess(file, env)
    : kubeconfigAccess(kubeConfig ?? defaultKubeconfig(env), context, env);
}

/** The node that an agent is for. @throws ConfigError when the variable that should say so is not set */
export function nodeOf(
  { filter }: Pick<KubernetesConfig, 'filter'>,
  file: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const { node, nodeFromEnvVar } = filter;
  if (nodeFromEnvVar === undefined) return node;
  const value = env[nodeFromEnvVar];
  if (value !== undefined && value !== '') return value;
  throw new ConfigError([
    configProblem(
      file,
      'enrich.kubernetes.filter.nodeFromEnvVar',
      nodeFromEnvVar,
      'the name of a variable that is set (fieldRef spec.nodeName)',
    ),
  ]);
}
