import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, configProblem, loadYamlConfig } from '@trace/runtime';
import { z } from 'zod';
import { type AccessSource, type Material, type Token, fileToken } from './cluster-access';

const EXEC_DEADLINE_MILLIS = 15_000;
const MAX_EXEC_OUTPUT_BYTES = 1024 * 1024;

const text = z.string().optional();

/** The fields that are read (kubernetes.io/docs/reference/config-api/kubeconfig.v1); others are not looked at. */
const kubeconfigSchema = z.looseObject({
  'current-context': text,
  contexts: z
    .array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: text }) }))
    .default([]),
  clusters: z
    .array(
      z.looseObject({
        name: z.string(),
        cluster: z.looseObject({
          server: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
          'certificate-authority': text,
          'certificate-authority-data': text,
          'insecure-skip-tls-verify': z.boolean().optional(),
          'tls-server-name': text,
        }),
      }),
    )
    .default([]),
  users: z
    .array(
      z.looseObject({
        name: z.string(),
        user: z.looseObject({
          token: text,
          tokenFile: text,
          'client-certificate': text,
          'client-certificate-data': text,
          'client-key': text,
          'client-key-data': text,
          exec: z
            .looseObject({
              apiVersion: z.string(),
              command: z.string(),
              args: z.array(z.string()).nullish(),
              env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
            })
            .optional(),
        }),
      }),
    )
    .default([]),
});
type User = z.output<typeof kubeconfigSchema>['users'][number]['user'];
type Exec = NonNullable<User['exec']>;

/** The file that kubectl would read. */
export function defaultKubeconfig(env: NodeJS.ProcessEnv): string {
  const first = env.KUBECONFIG?.split(delimiter).find((part) => part !== '');
  return first ?? join(homedir(), '.kube', 'config');
}

/**
 * One context of a kubeconfig file: token, token file, client certificate or a credential plugin (`exec`, as EKS
 * and GKE use). @throws ConfigError
 */
export function kubeconfigAccess(
  file: string,
  contextName: string | undefined,
  env: NodeJS.ProcessEnv,
): AccessSource {
  const config = loadYamlConfig(file, kubeconfigSchema);
  const wanted = contextName ?? config['current-context'] ?? '';
  const { context } = find(file, 'contexts', config.contexts, wanted);
  const { cluster } = find(file, 'clusters', config.clusters, context.cluster);
  const user = context.user === undefined ? {} : find(file, 'users', config.users, context.user).user;
  const at = (path: string): string => resolve(dirname(file), path);
  const ca = material(at, cluster['certificate-authority'], cluster['certificate-authority-data']);
  const certificate = material(at, user['client-certificate'], user['client-certificate-data']);
  const key = material(at, user['client-key'], user['client-key-data']);
  const token = tokenOf(user, at, env);
  return {
    server: new URL(cluster.server),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    ...(cluster['tls-server-name'] === undefined ? {} : { serverName: cluster['tls-server-name'] }),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
  };
}

function find<T extends { readonly name: string }>(
  file: string,
  list: string,
  items: readonly T[],
  name: string,
): T {
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const names = items.map((item) => item.name);
  throw new ConfigError([configProblem(file, list, name, `one of the ${list} ${names.join(', ')}`, names)]);
}

/** As kubectl has it, the data wins over the file; paths are relative to the kubeconfig. */
function material(
  at: (path: string) => string,
  file: string | undefined,
  data: string | undefined,
): Material | undefined {
  if (data !== undefined && data !== '') return { pem: Buffer.from(data, 'base64').toString('utf8') };
  return file === undefined || file === '' ? undefined : { file: at(file) };
}

function tokenOf(
  { token, tokenFile, exec }: User,
  at: (path: string) => string,
  env: NodeJS.ProcessEnv,
): AccessSource['token'] {
  if (tokenFile !== undefined && tokenFile !== '') return fileToken(at(tokenFile));
  if (token !== undefined && token !== '') return () => Promise.resolve({ value: token });
  return exec === undefined ? undefined : () => execToken(exec, env);
}

const credentialSchema = z.looseObject({
  status: z.looseObject({ token: z.string(), expirationTimestamp: text }),
});

/** client.authentication.k8s.io: the plugin prints an ExecCredential with a token. No shell is involved. */
async function execToken(
  { apiVersion, command, args, env: own }: Exec,
  env: NodeJS.ProcessEnv,
): Promise<Token> {
  const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
  const { stdout } = await promisify(execFile)(command, args ?? [], {
    env: {
      ...env,
      ...Object.fromEntries((own ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
    timeout: EXEC_DEADLINE_MILLIS,
    maxBuffer: MAX_EXEC_OUTPUT_BYTES,
  });
  const { status } = credentialSchema.parse(JSON.parse(stdout));
  const expires = Date.parse(status.expirationTimestamp ?? '');
  return { value: status.token, ...(Number.isNaN(expires) ? {} : { expiresEpochMillis: expires }) };
}
