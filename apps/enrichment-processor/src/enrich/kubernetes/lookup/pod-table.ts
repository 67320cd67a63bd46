import { isDeepStrictEqual } from 'node:util';
import type { KubernetesConfig } from '../config/kubernetes-config';
import type { ApiObject } from '../objects/api-shapes';
import { excludePatterns, podRecord } from '../objects/pod';
import { PodFieldReader } from '../objects/pod-fields';
import { StringPool } from '../objects/string-pool';
import type { FieldEvents } from '../objects/meta-record';
import { AssociationIndex } from './association-index';
import type { AssociationRule } from './association';
import type { Composer, PodFacts } from './composer';
import { GraceQueue } from './grace-queue';
import type { ObjectSink } from './object-sink';
import { PodEntry } from './pod-entry';

export interface PodTableEvents extends FieldEvents {
  onPodTableFull(): void;
}

/** A key that a pod has lost, or a pod that is deleted: what is forgotten after the grace period. */
type Leaving =
  | { readonly entry: PodEntry; readonly rule: number; readonly key: string }
  | { readonly entry: PodEntry; readonly deletedAtMillis: number };

/** The pods of the cluster and, for each association rule, how to find them. */
export class PodTable implements ObjectSink {
  readonly #pods = new Map<string, PodEntry>();
  readonly #indexes: readonly AssociationIndex<PodEntry>[];
  readonly #leaving: GraceQueue<Leaving>;
  readonly #fields: PodFieldReader;
  readonly #strings = new StringPool();
  readonly #exclude: readonly RegExp[];
  readonly #maxPods: number;
  /** Some rule asks for what is computed from owners. */
  readonly #usesComputed: boolean;
  #deleted = 0;

  constructor(
    config: KubernetesConfig,
    private readonly rules: readonly AssociationRule[],
    private readonly composer: Composer,
    private readonly events: PodTableEvents,
    private readonly now: () => number,
  ) {
    this.#indexes = rules.map(() => new AssociationIndex<PodEntry>());
    this.#leaving = new GraceQueue(config.podDeleteGracePeriod, (leaving) => {
      this.#forget(leaving);
    });
    this.#fields = new PodFieldReader(config, events, this.#strings);
    this.#exclude = excludePatterns(config);
    this.#maxPods = config.maxPods;
    this.#usesComputed = rules.some(({ usesComputed }) => usesComputed);
  }

  get deletedSize(): number {
    return this.#deleted;
  }

  get keyCount(): number {
    return this.#indexes.reduce((sum, index) => sum + index.size, 0);
  }

  size(): number {
    return this.#pods.size;
  }

  /** The pod that has this key under the rule at this place. */
  find(rule: number, key: string): PodEntry | undefined {
    return this.#indexes[rule]?.get(key);
  }

  /** Every pod with this address, those on the host's network and deleted ones too; for explanations. */
  withAddress(address: string): PodEntry[] {
    return [...this.#pods.values()].filter(({ facts }) => facts.record.addresses.includes(address));
  }

  upsert(object: ApiObject): void {
    const record = podRecord(object, this.#exclude, this.#strings);
    if (record === undefined) return;
    const facts = { record, ...this.#fields.read(object) };
    const known = this.#pods.get(record.uid);
    if (known === undefined) {
      this.#add(facts);
      return;
    }
    const returned = known.deletedAtMillis !== undefined;
    if (returned) {
      known.deletedAtMillis = undefined;
      this.#deleted -= 1;
    }
    // Most updates are conditions and probes: nothing that an attribute or a key is made of.
    if (!returned && isDeepStrictEqual(known.facts, facts)) return;
    known.facts = facts;
    this.#index(known);
  }

  remove({ metadata }: ApiObject): void {
    const entry = this.#pods.get(metadata?.uid ?? '');
    if (entry !== undefined) this.#delete(entry);
  }

  retain(uids: ReadonlySet<string>): void {
    for (const [uid, entry] of this.#pods) {
      if (!uids.has(uid)) this.#delete(entry);
    }
  }

  sweep(nowMillis: number): void {
    this.#leaving.sweep(nowMillis);
  }

  /** After owners have changed: some rules ask for what is computed from them. */
  reindexComputed(): void {
    if (!this.#usesComputed) return;
    for (const entry of this.#pods.values()) this.#index(entry);
  }

  #add(facts: PodFacts): void {
    // Those that are deleted, and only still known, make room.
    if (this.#pods.size >= this.#maxPods) this.#leaving.sweep(Infinity);
    if (this.#pods.size >= this.#maxPods) {
      this.events.onPodTableFull();
      return;
    }
    const entry = new PodEntry(facts);
    this.#pods.set(facts.record.uid, entry);
    this.#index(entry);
  }

  #delete(entry: PodEntry): void {
    if (entry.deletedAtMillis !== undefined) return;
    entry.deletedAtMillis = this.now();
    this.#deleted += 1;
    // Whoever has the same address now comes first from here on.
    this.#claim(entry);
    this.#leaving.add({ entry, deletedAtMillis: entry.deletedAtMillis }, this.now());
  }

  #index(entry: PodEntry): void {
    const before = entry.keys;
    const computed = this.#usesComputed ? this.composer.podAttributes(entry.facts) : {};
    entry.keys = this.rules.map((rule) =>
      rule.keysOf(entry.facts.record, (name) => {
        const value = computed[name];
        return typeof value === 'string' ? value : undefined;
      }),
    );
    this.#claim(entry);
    before.forEach((keys, rule) => {
      for (const key of keys) {
        if (!entry.keys[rule]?.includes(key)) this.#leaving.add({ entry, rule, key }, this.now());
      }
    });
  }

  #claim(entry: PodEntry): void {
    entry.keys.forEach((keys, rule) => {
      for (const key of keys) this.#indexes[rule]?.claim(key, entry);
    });
  }

  #forget(leaving: Leaving): void {
    const { entry } = leaving;
    if ('key' in leaving) {
      // Not if the pod has it again.
      if (entry.keys[leaving.rule]?.includes(leaving.key)) return;
      this.#indexes[leaving.rule]?.release(leaving.key, entry);
      return;
    }
    if (entry.deletedAtMillis !== leaving.deletedAtMillis) return;
    this.#pods.delete(entry.facts.record.uid);
    this.#deleted -= 1;
    entry.keys.forEach((keys, rule) => {
      for (const key of keys) this.#indexes[rule]?.release(key, entry);
    });
  }
}
