import { kubernetesSchema } from '../../../apps/enrichment-processor/dist/enrich/kubernetes/config/kubernetes-config.js';
import { KubernetesSource } from '../../../apps/enrichment-processor/dist/enrich/kubernetes/index.js';
import type { KubeApiServer } from '../../support/kube-api-server.ts';
import { eventually } from '../../support/wait.ts';

export type Found = Readonly<Record<string, unknown>>;

interface LogLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: object;
}

/** The processor's knowledge of a cluster, as its configuration makes it, without the rest of the processor. */
export class RunningSource {
  readonly log: LogLine[] = [];
  readonly source: KubernetesSource;

  constructor(kubeConfig: string, config: object = {}, env: NodeJS.ProcessEnv = {}) {
    const parsed = kubernetesSchema.parse({ enabled: true, authType: 'kubeConfig', kubeConfig, ...config });
    const line =
      (level: LogLine['level']) =>
      (fields: object, message: string): void => {
        this.log.push({ level, message, fields });
      };
    this.source = new KubernetesSource(parsed, {
      logger: { info: line('info'), warn: line('warn') },
      env,
      file: 'test.yaml',
    });
  }

  static async synced(
    server: KubeApiServer,
    config: object = {},
    env: NodeJS.ProcessEnv = {},
  ): Promise<RunningSource> {
    const running = new RunningSource(server.kubeconfig(), config, env);
    running.source.start();
    await eventually('everything is listed', () => running.source.state.synced || undefined, {
      timeoutMillis: 90_000,
      intervalMillis: 20,
    });
    return running;
  }

  /** What is added to a resource with these attributes. */
  find(resource: Readonly<Record<string, string>>, peerAddress?: string): Found | undefined {
    return this.source.match(
      { get: (key) => resource[key] },
      peerAddress === undefined ? {} : { peerAddress },
    )?.attributes;
  }

  byIp(address: string): Found | undefined {
    return this.find({ 'k8s.pod.ip': address });
  }

  /** Waits until what is added is as `check` wants it. */
  async until(
    what: string,
    check: (running: RunningSource) => boolean,
    timeoutMillis = 90_000,
  ): Promise<void> {
    await eventually(what, () => check(this) || undefined, { timeoutMillis, intervalMillis: 10 });
  }

  warnings(): string[] {
    return this.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }

  watch(resource: string): KubernetesSource['state']['watches'][number] {
    const found = this.source.state.watches.find(({ watch }) => watch.resource === resource);
    if (found === undefined) throw new Error(`${resource} is not watched`);
    return found;
  }
}
