import { ApiClient } from './api/api-client';
import { ClusterAccess } from './api/cluster-access';
import { nodeOf, openAccess } from './api/open-access';
import type { KubernetesConfig } from './config/kubernetes-config';
import type { KubernetesState, LeftOutReason } from './kubernetes-state';
import { AssociationRule } from './lookup/association';
import { ClusterObjects, type TableLimits } from './lookup/cluster-objects';
import { Composer } from './lookup/composer';
import { type Explanation, Explainer } from './lookup/explain';
import type { EnrichContext, Match, ResourceView } from './lookup/match';
import { Matcher } from './lookup/matcher';
import type { ObjectSink } from './lookup/object-sink';
import { PodTable, type PodTableEvents } from './lookup/pod-table';
import { MetaReader } from './objects/meta-record';
import { ListWatch, type ListWatchOptions } from './watch/list-watch';
import type { WatchedResource } from './watch/resource';
import { type Logger, WatchLog } from './watch/watch-log';
import { WORKLOADS, watchedResources } from './watch/watched-resources';

export interface KubernetesSourceOptions {
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
  /** The configuration's file, for messages. */
  readonly file: string;
}

/** How often it is looked whether deleted pods may be forgotten, and what changed owners mean for the rules. */
const SWEEP_MILLIS = 1_000;

/** Knows the pods of a cluster and what belongs to them, and finds the one that telemetry came from. */
export class KubernetesSource {
  /** The keys of a Resource that `match` asks for. */
  readonly wantedKeys: readonly string[];
  readonly #cluster: ClusterObjects;
  readonly #pods: PodTable;
  readonly #matcher: Matcher;
  readonly #explainer: Explainer;
  readonly #access: ClusterAccess;
  readonly #watches: readonly ListWatch[];
  readonly #leftOut: Record<LeftOutReason, number> = {
    value_too_long: 0,
    invalid_annotation: 0,
    pod_table_full: 0,
    object_table_full: 0,
  };
  #timer: NodeJS.Timeout | undefined;
  #indexedGeneration = 0;
  #synced = false;

  /** @throws ConfigError when there is no cluster to reach */
  constructor(
    private readonly config: KubernetesConfig,
    private readonly options: KubernetesSourceOptions,
  ) {
    const node = nodeOf(config, options.file, options.env);
    this.#access = new ClusterAccess(openAccess(config, options.file, options.env));
    const rules = config.podAssociation.map((association) => new AssociationRule(association));
    const events = this.#events();
    const limits = {
      graceMillis: config.podDeleteGracePeriod,
      maxObjects: config.maxObjects,
      onTableFull: events.onTableFull,
    };
    this.#cluster = new ClusterObjects(limits, Date.now);
    const composer = new Composer(config, this.#cluster);
    this.#pods = new PodTable(config, rules, composer, events, Date.now);
    this.#matcher = new Matcher(rules, this.#pods, this.#cluster, composer, () => this.#synced);
    this.wantedKeys = this.#matcher.wantedKeys;
    const client = new ApiClient(this.#access);
    const log = new WatchLog(options.logger, this.#access.server.href, Date.now);
    this.#watches = watchedResources(config, node).map(
      (resource) =>
        new ListWatch(resource, this.#sinkOf(resource, events), client, watchOptions(config), log, () => {
          this.#progress();
        }),
    );
    this.#explainer = new Explainer(this.#matcher, this.#pods, () => this.#watches[0]?.state, Date.now);
  }

  /** Returns at once; what is not known yet is not added. */
  start(): void {
    for (const watch of this.#watches) watch.start();
    this.#timer = setInterval(() => {
      this.#sweep();
    }, SWEEP_MILLIS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    this.#access.close();
  }

  /**
   * What is to be added to a resource. The attributes are frozen and stay the same object until something about
   * the pod or its owners changes, so that their encoding can be kept by them (WeakMap).
   */
  match(view: ResourceView, context: EnrichContext = {}): Match | undefined {
    return this.#matcher.match(view, context);
  }

  /** The same for a person who asks: it is not counted. */
  peek(view: ResourceView, context: EnrichContext = {}): Match | undefined {
    return this.#matcher.explain(view, context);
  }

  /** Why telemetry from this address gets the attributes that it gets. */
  explain(address: string): Explanation {
    return this.#explainer.explain(address);
  }

  /** For /readyz: whether it must wait, and where each resource stands. */
  get readiness(): { readonly ready: boolean; readonly checks: Readonly<Record<string, string>> } {
    return {
      ready: this.#synced || !this.config.waitForMetadata,
      checks: Object.fromEntries(
        this.#watches.map(({ resource, sink, state }) => [
          `kubernetes.${resource.name}`,
          state.synced
            ? `${sink.size()} known, ${state.phase}`
            : `not listed yet${state.lastError === undefined ? '' : `: ${state.lastError.message}`}`,
        ]),
      ),
    };
  }

  get state(): KubernetesState {
    return {
      synced: this.#synced,
      watches: this.#watches.map(({ state, sink }) => ({ watch: state, objects: sink.size() })),
      pods: this.#pods.size(),
      deletedPods: this.#pods.deletedSize,
      associationKeys: this.#pods.keyCount,
      leftOut: this.#leftOut,
      matches: this.#matcher.matches,
      misses: this.#matcher.misses,
    };
  }

  #sinkOf({ name }: WatchedResource, events: PodTableEvents): ObjectSink {
    const { extract } = this.config;
    switch (name) {
      case 'pods':
        return this.#pods;
      case 'namespaces':
        return this.#cluster.namespaces.sink(new MetaReader('namespace', extract, events));
      case 'nodes':
        return this.#cluster.nodes.sink(new MetaReader('node', extract, events));
      default: {
        const origin = WORKLOADS.find((workload) => workload.name === name)?.origin;
        return this.#cluster.workloads(name).sink(new MetaReader(origin, extract, events));
      }
    }
  }

  #progress(): void {
    if (this.#synced || !this.#watches.every(({ state }) => state.synced)) return;
    this.#synced = true;
    this.#reindex();
    this.options.logger.info(
      { pods: this.#pods.size() },
      'Kubernetes: everything is known; watching for changes',
    );
  }

  #sweep(): void {
    const now = Date.now();
    this.#pods.sweep(now);
    this.#cluster.sweep(now);
    this.#reindex();
  }

  #reindex(): void {
    if (this.#indexedGeneration === this.#cluster.generation) return;
    this.#indexedGeneration = this.#cluster.generation;
    this.#pods.reindexComputed();
  }

  #events(): PodTableEvents & Pick<TableLimits, 'onTableFull'> {
    const told = new Set<LeftOutReason>();
    const leaveOut = (reason: LeftOutReason, fields: object, message: string): void => {
      this.#leftOut[reason] += 1;
      // One example; the count is in the metrics.
      if (told.has(reason)) return;
      told.add(reason);
      this.options.logger.warn({ reason, ...fields }, `Kubernetes: ${message}`);
    };
    return {
      onValueTooLong: () => {
        const limit = this.config.extract.maxValueLength;
        leaveOut(
          'value_too_long',
          {},
          `a label or annotation over ${limit} characters is left out (extract.maxValueLength)`,
        );
      },
      onInvalidAnnotation: (annotation, value) => {
        leaveOut(
          'invalid_annotation',
          { annotation, value: value.slice(0, 200) },
          `${annotation} has a value that cannot be used`,
        );
      },
      onPodTableFull: () => {
        leaveOut(
          'pod_table_full',
          {},
          `more than ${this.config.maxPods} pods: the others get no metadata (maxPods)`,
        );
      },
      onTableFull: () => {
        leaveOut(
          'object_table_full',
          {},
          `more than ${this.config.maxObjects} objects of one kind: what the others would say is not added (maxObjects)`,
        );
      },
    };
  }
}

function watchOptions({ api }: KubernetesConfig): ListWatchOptions {
  return {
    pageSize: api.pageSize,
    requestTimeoutMillis: api.requestTimeout,
    watchTimeoutMillis: api.watchTimeout,
    watchIdleTimeoutMillis: api.watchIdleTimeout,
    maxBackoffMillis: api.maxBackoff,
    maxObjectBytes: api.maxObjectBytes,
  };
}
