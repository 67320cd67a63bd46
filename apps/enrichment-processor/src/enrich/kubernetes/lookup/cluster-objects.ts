import { isDeepStrictEqual } from 'node:util';
import type { ApiObject } from '../objects/api-shapes';
import type { MetaReader, MetaRecord } from '../objects/meta-record';
import { GraceQueue } from './grace-queue';
import type { ObjectSink } from './object-sink';

const CLUSTER_NAMESPACE = 'kube-system';

export interface TableLimits {
  readonly graceMillis: number;
  readonly maxObjects: number;
  onTableFull(): void;
}

/** Everything but pods: namespaces and nodes by name, workloads by uid. */
export class ClusterObjects {
  readonly namespaces: MetaTable;
  readonly nodes: MetaTable;
  readonly #workloads = new Map<string, MetaTable>();
  #generation = 0;

  /** @param limits how long what is deleted stays, and how many of each kind are kept */
  constructor(
    private readonly limits: TableLimits,
    private readonly now: () => number,
  ) {
    this.namespaces = this.#table('name');
    this.nodes = this.#table('name');
  }

  /** Grows whenever something changes that attributes are made of. */
  get generation(): number {
    return this.#generation;
  }

  /** The table of one kind of workload, e.g. "replicasets"; made on first use. */
  workloads(resource: string): MetaTable {
    let table = this.#workloads.get(resource);
    if (table === undefined) this.#workloads.set(resource, (table = this.#table('uid')));
    return table;
  }

  workload(resource: string, uid: string): MetaRecord | undefined {
    return this.#workloads.get(resource)?.get(uid);
  }

  /** What stands for the cluster's identity, as in the Collector: the uid of a namespace that each cluster has. */
  get clusterUid(): string | undefined {
    return this.namespaces.get(CLUSTER_NAMESPACE)?.uid;
  }

  sweep(nowMillis: number): void {
    for (const table of [this.namespaces, this.nodes, ...this.#workloads.values()]) table.sweep(nowMillis);
  }

  #table(key: 'name' | 'uid'): MetaTable {
    return new MetaTable(key, this.limits, this.now, () => {
      this.#generation += 1;
    });
  }
}

/** Records of one kind of object. One that was deleted stays as long as a deleted pod does, which needs it. */
export class MetaTable {
  readonly #records = new Map<string, MetaRecord>();
  readonly #deleted: GraceQueue<MetaRecord>;
  readonly #gone = new Set<MetaRecord>();

  constructor(
    private readonly key: 'name' | 'uid',
    private readonly limits: TableLimits,
    private readonly now: () => number,
    private readonly onChange: () => void,
  ) {
    this.#deleted = new GraceQueue(limits.graceMillis, (record) => {
      this.#forget(record);
    });
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: string): MetaRecord | undefined {
    return this.#records.get(key);
  }

  /** Where a watch puts its objects. */
  sink(reader: MetaReader): ObjectSink {
    return {
      upsert: (object: ApiObject) => {
        this.#upsert(reader.read(object));
      },
      remove: (object: ApiObject) => {
        const record = this.#records.get(object.metadata?.[this.key] ?? '');
        if (record !== undefined && record.uid === object.metadata?.uid) this.#goes(record);
      },
      retain: (uids) => {
        for (const record of this.#records.values()) {
          if (!uids.has(record.uid)) this.#goes(record);
        }
      },
      size: () => this.size,
    };
  }

  sweep(nowMillis: number): void {
    this.#deleted.sweep(nowMillis);
  }

  #upsert(record: MetaRecord | undefined): void {
    if (record === undefined) return;
    const before = this.#records.get(record[this.key]);
    if (before !== undefined) this.#gone.delete(before);
    // Most updates are heartbeats and status: nothing that an attribute is made of.
    if (before !== undefined && isDeepStrictEqual(before, record)) return;
    if (before === undefined && !this.#hasRoom()) {
      this.limits.onTableFull();
      return;
    }
    this.#records.set(record[this.key], record);
    this.onChange();
  }

  /** What is deleted, and only still known, makes room. */
  #hasRoom(): boolean {
    const { maxObjects } = this.limits;
    if (this.size >= maxObjects) this.#deleted.sweep(Infinity);
    return this.size < maxObjects;
  }

  #goes(record: MetaRecord): void {
    if (this.#gone.has(record)) return;
    this.#gone.add(record);
    this.#deleted.add(record, this.now());
  }

  /** What has come back, or was made anew under the same name, stays. */
  #forget(record: MetaRecord): void {
    if (!this.#gone.delete(record)) return;
    this.#records.delete(record[this.key]);
    this.onChange();
  }
}
