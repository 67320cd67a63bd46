import { isDeepStrictEqual } from 'node:util';
import type { Claimant } from './association-index';
import type { Composer, PodFacts } from './composer';
import { type ContainerQuery, chooseContainer } from './container-attributes';
import type { Attributes } from './match';

interface Variant {
  readonly stamp: number;
  readonly attributes: Attributes;
}

/** A pod as it is known now, with what is added for each of its containers, composed when first asked for. */
export class PodEntry implements Claimant {
  /** By association rule: the keys that find this pod. */
  keys: readonly (readonly string[])[] = [];
  deletedAtMillis: number | undefined;
  #facts: PodFacts;
  #version = 0;
  /** By container and whether its run is known (ContainerChoice); bounded by the pod's containers. */
  readonly #variants: (Variant | undefined)[] = [];

  constructor(facts: PodFacts) {
    this.#facts = facts;
  }

  get facts(): PodFacts {
    return this.#facts;
  }

  set facts(facts: PodFacts) {
    this.#facts = facts;
    this.#version += 1;
  }

  get gone(): boolean {
    return this.deletedAtMillis !== undefined || this.#facts.record.ended;
  }

  get startEpochMillis(): number {
    return this.#facts.record.startEpochMillis;
  }

  /** @param generation grows with every change of what pods have in common (ClusterObjects.generation) */
  attributesFor(query: ContainerQuery, composer: Composer, generation: number): Attributes {
    const choice = composer.containers.isEmpty ? NO_CONTAINER : chooseContainer(this.#facts.record, query);
    const index = 2 * (choice.index + 1) + (choice.withRun ? 1 : 0);
    const known = this.#variants[index];
    // Both only grow, so their sum tells that neither has changed.
    const stamp = this.#version + generation;
    if (known?.stamp === stamp) return known.attributes;
    const composed = composer.compose(this.#facts, choice);
    // The same object as before when it says the same: what was encoded from it stays good.
    const attributes =
      known !== undefined && isDeepStrictEqual(known.attributes, composed) ? known.attributes : composed;
    this.#variants[index] = { stamp, attributes };
    return attributes;
  }
}

const NO_CONTAINER = { index: -1, withRun: false };
