import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@trace/telemetry/testing';
import { KubeClient } from './kube-client.ts';
import { eventually, NeverWill } from './wait.ts';

export interface KubeApiServerOptions {
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[];
}

/**
 * A real etcd and a real API server on free loopback ports, in a folder that goes when they go. There is no node
 * and no controller: a pod is what a test creates, and its status what the test patches.
 */
export class KubeApiServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'trace-kube-'));
  adminToken = randomBytes(16).toString('hex');
  /** A user without any right but those that a test binds to "trace". */
  readonly userToken = randomBytes(16).toString('hex');
  #etcd: ChildProcess | undefined;
  #apiServer: ChildProcess | undefined;
  #etcdPort = 0;
  #port = 0;
  #client: KubeClient | undefined;

  readonly #options: KubeApiServerOptions;

  private constructor(options: KubeApiServerOptions) {
    this.#options = options;
  }

  static async start(options: KubeApiServerOptions = {}): Promise<KubeApiServer> {
    const server = new KubeApiServer(options);
    try {
      await server.#startAll();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get etcdUrl(): string {
    return `http://127.0.0.1:${this.#etcdPort}`;
  }

  get caFile(): string {
    return join(this.directory, 'certificates', 'apiserver.crt');
  }

  /** With all rights. */
  get client(): KubeClient {
    if (this.#client === undefined) throw new Error('the API server does not run');
    return this.#client;
  }

  /**
   * A kubeconfig file; with `tokenFile` the token is read from there, whatever it is by then. `url` is another
   * way to the same server.
   */
  kubeconfig(
    token: string | { readonly tokenFile: string } = this.adminToken,
    url: string = this.url,
  ): string {
    const user = typeof token === 'string' ? { token } : token;
    const file = join(this.directory, `kubeconfig-${randomBytes(4).toString('hex')}`);
    const config = {
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': this.caFile } }],
      users: [{ name: 'test', user }],
    };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  /** Where the cluster is now. */
  async resourceVersion(): Promise<string> {
    const { metadata } = (await this.client.send('GET', '/api/v1/namespaces?limit=1')) as {
      metadata: { resourceVersion: string };
    };
    return metadata.resourceVersion;
  }

  /** Forgets the history of all objects up to a place, as etcd's own compaction does every five minutes. */
  async compact(revision?: string): Promise<void> {
    const response = await fetch(`${this.etcdUrl}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: revision ?? (await this.resourceVersion()), physical: true }),
    });
    if (!response.ok) throw new Error(`compaction: ${response.status} ${await response.text()}`);
  }

  /** From the next start on the API server takes only this token for the administrator's. */
  renewAdminToken(): void {
    this.adminToken = randomBytes(16).toString('hex');
    this.#writeTokens();
  }

  /** SIGKILL to the API server only; etcd keeps its state. */
  async killApiServer(): Promise<void> {
    await end(this.#apiServer, 'SIGKILL');
  }

  /** @param flags in place of those that it was first started with */
  async startApiServer(flags = this.#options.flags ?? []): Promise<void> {
    const path = (name: string): string => join(this.directory, name);
    this.#apiServer = this.#spawn('kube-apiserver', executable('KUBE_APISERVER'), [
      `--etcd-servers=${this.etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${this.#port}`,
      `--cert-dir=${path('certificates')}`,
      `--token-auth-file=${path('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${path('service-account.pub')}`,
      `--service-account-signing-key-file=${path('service-account.key')}`,
      '--service-cluster-ip-range=10.96.0.0/24',
      // No controller gives a namespace its default service account.
      '--disable-admission-plugins=ServiceAccount',
      ...flags,
    ]);
    const deadline = { timeoutMillis: 180_000, intervalMillis: 100 };
    await eventually(
      'kube-apiserver has a certificate',
      // It makes the file first, and writes it then.
      () => (existsSync(this.caFile) && statSync(this.caFile).size > 0) || undefined,
      deadline,
    );
    const client = new KubeClient(this.url, this.adminToken, readFileSync(this.caFile, 'utf8'));
    await eventually(
      `kube-apiserver is ready (${path('kube-apiserver.log')})`,
      async () => {
        if (this.#apiServer?.exitCode !== null) throw new NeverWill(`kube-apiserver ended:\n${this.#tail()}`);
        await client.send('GET', '/readyz');
        await client.send('GET', '/api/v1/namespaces/kube-system');
        return true;
      },
      deadline,
    );
    this.#client?.close();
    this.#client = client;
  }

  async stop(): Promise<void> {
    await end(this.#apiServer, 'SIGKILL');
    await end(this.#etcd, 'SIGKILL');
    this.#client?.close();
    if (process.env.TRACE_E2E_KEEP === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  async #startAll(): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(join(this.directory, 'service-account.key'), privateKey, { mode: 0o600 });
    writeFileSync(join(this.directory, 'service-account.pub'), publicKey);
    this.#writeTokens();
    const [etcdPort, peerPort, port] = await freePorts(3);
    this.#etcdPort = etcdPort ?? 0;
    this.#port = port ?? 0;
    const peerUrl = `http://127.0.0.1:${peerPort ?? 0}`;
    this.#etcd = this.#spawn('etcd', executable('ETCD'), [
      `--data-dir=${join(this.directory, 'etcd')}`,
      `--listen-client-urls=${this.etcdUrl}`,
      `--advertise-client-urls=${this.etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      // Nothing here outlives the machine's power.
      '--unsafe-no-fsync',
    ]);
    await this.startApiServer();
  }

  #writeTokens(): void {
    const tokens = [`${this.adminToken},admin,admin,system:masters`, `${this.userToken},trace,trace`];
    writeFileSync(join(this.directory, 'tokens.csv'), tokens.join('\n'), { mode: 0o600 });
  }

  #spawn(name: string, file: string, args: readonly string[]): ChildProcess {
    const child = spawn(file, args, { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(this.directory, `${name}.log`), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on('close', () => log.end());
    return child;
  }

  #tail(): string {
    return readFileSync(join(this.directory, 'kube-apiserver.log'), 'utf8').slice(-2000);
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

function executable(name: 'ETCD' | 'KUBE_APISERVER'): string {
  const file = process.env[`TRACE_BIN_${name}`];
  if (file === undefined)
    throw new Error(`TRACE_BIN_${name} is not set; run the e2e tests by "npm test -- e2e"`);
  return file;
}
