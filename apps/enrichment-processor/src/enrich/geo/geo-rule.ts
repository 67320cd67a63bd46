import { isIP } from 'node:net';
import type { Derived, RecordRule, RecordView } from '@trace/otlp';
import { geoAttributes } from './geo-attributes';
import type { GeoConfig } from './geo-config';
import { LruCache } from './lru-cache';
import { publicAddress } from './public-address';

/** `unknown`: the database has nothing; `not_public`: nowhere in particular; `unreadable`: the file is damaged. */
export type GeoOutcome = 'found' | 'unknown' | 'not_public' | 'not_an_address' | 'unreadable';

/** Called once for each record that has an address; must not throw. */
export type OnLookup = (outcome: GeoOutcome) => void;

/** What is known about an address; throws where it cannot be read. */
export type FindAddress = (address: string) => Readonly<Record<string, unknown>> | undefined;

interface Answer {
  readonly outcome: GeoOutcome;
  readonly derived?: Derived;
}

/** The longest spelling of an IPv6 address: eight groups, the last two as IPv4. */
const MAX_ADDRESS_CHARACTERS = 45;

/** Adds `geo.*` to spans and log records that have a client's address. Metrics have none: it would be a label. */
export class GeoRule implements RecordRule {
  readonly name = 'geo';
  readonly signals = ['traces', 'logs'] as const;
  readonly readsBody = false;
  readonly #answers: LruCache<string, Answer>;

  constructor(
    private readonly config: GeoConfig,
    private readonly find: FindAddress,
    private readonly onLookup: OnLookup,
  ) {
    this.#answers = new LruCache(config.maxCachedAddresses);
  }

  get wantedKeys(): readonly string[] {
    return this.config.addressFrom;
  }

  get cachedAddresses(): number {
    return this.#answers.size;
  }

  derive(record: RecordView): Derived | undefined {
    const address = this.#addressOf(record);
    if (address === undefined) return undefined;
    const { outcome, derived } = this.#answers.get(address) ?? this.#lookUp(address);
    this.onLookup(outcome);
    return derived;
  }

  /** For a database that has changed. */
  forget(): void {
    this.#answers.clear();
  }

  #addressOf(record: RecordView): string | undefined {
    for (const key of this.config.addressFrom) {
      const address = record.get(key);
      if (address !== undefined) return address;
    }
    return undefined;
  }

  #lookUp(text: string): Answer {
    if (text.length > MAX_ADDRESS_CHARACTERS || isIP(text) === 0) return { outcome: 'not_an_address' };
    const answer = this.#find(text);
    // A copy: the text may be a slice, which would keep alive the whole line that it was cut from.
    this.#answers.set(Buffer.from(text, 'latin1').toString('latin1'), answer);
    return answer;
  }

  #find(text: string): Answer {
    const address = publicAddress(text);
    if (address === undefined) return { outcome: 'not_public' };
    let record;
    try {
      record = this.find(address);
    } catch {
      return { outcome: 'unreadable' };
    }
    const attributes = geoAttributes(record ?? {});
    return Object.keys(attributes).length === 0
      ? { outcome: 'unknown' }
      : { outcome: 'found', derived: { attributes } };
  }
}
