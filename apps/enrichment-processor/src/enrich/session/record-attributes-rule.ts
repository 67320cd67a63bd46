import type { Derived, RecordRule, Signal } from '@trace/otlp';
import type { RecordAttributesConfig } from './record-attributes-config';

/** Adds the same attributes to every record of some signals. */
export class RecordAttributesRule implements RecordRule {
  readonly name = 'record_attributes';
  readonly signals: readonly Signal[];
  readonly wantedKeys = [];
  readonly readsBody = false;
  readonly #derived: Derived;

  constructor({ signals, attributes }: RecordAttributesConfig[number]) {
    this.signals = signals;
    this.#derived = { attributes };
  }

  derive(): Derived {
    return this.#derived;
  }
}
