import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { SIGNALS, type Signal } from '../signal';
import { arbitraryRecords } from './arbitrary-records';
import { type Verdict, checkRequest } from './check-request';
import { mutate, random } from './mutate';

export const CORPUS = join(__dirname, '..', '..', 'corpus');
const FRESH_REQUESTS = 50;
/** One request in so many is taken as it is. */
const UNCHANGED = 8;

export interface FuzzResult {
  readonly requests: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
}

/** The committed requests of one signal; what must be refused is called `refused-…`. */
export function corpusOf(signal: Signal): { name: string; bytes: Buffer }[] {
  const folder = join(CORPUS, signal);
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

/**
 * Feeds generated, committed and damaged requests to all that the processor does, until the time is over. The
 * same seed gives the same requests.
 *
 * @throws Error with the seed and the request in hex, when one was not processed as it must be
 */
export function fuzz(seed: number, until: () => boolean): FuzzResult {
  const below = random(seed);
  const verdicts = { 'same as the reference': 0, refused: 0, 'copied unread': 0 };
  const committed = new Map(SIGNALS.map((signal) => [signal, corpusOf(signal).map(({ bytes }) => bytes)]));
  let requests = 0;
  while (!until()) {
    const signal = SIGNALS[below(SIGNALS.length)] ?? 'traces';
    const fresh = fc.sample(arbitraryRecords(signal), { numRuns: FRESH_REQUESTS, seed: below(2 ** 31) });
    const seeds = [...fresh, ...(committed.get(signal) ?? [])];
    for (let round = 0; round < 4 * seeds.length && !until(); round += 1) {
      const base = seeds[below(seeds.length)] ?? Buffer.alloc(0);
      const bytes = below(UNCHANGED) === 0 ? base : mutate(base, below(2 ** 31));
      const offset = below(8); // a request may begin anywhere in its memory
      const request = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);
      try {
        verdicts[checkRequest(signal, request)] += 1;
      } catch (cause) {
        throw new Error(`seed ${seed}, request ${requests}, ${signal}: ${request.toString('hex')}`, {
          cause,
        });
      }
      requests += 1;
    }
  }
  return { requests, verdicts };
}
