import { SIGNALS, type Signal } from '../signal';
import { checkRequest } from './check-request';
import { corpus } from './corpus';
import { corpusOf, fuzz } from './fuzz';

const FUZZ_MILLIS = 10_000;

describe.each(SIGNALS)('the committed corpus of %s', (signal: Signal) => {
  it('is what the script makes', () => {
    const made = Object.entries(corpus(signal)).map(([name, bytes]) => ({
      name,
      bytes: bytes.toString('hex'),
    }));
    const committed = corpusOf(signal).map(({ name, bytes }) => ({ name, bytes: bytes.toString('hex') }));
    expect(committed).toEqual(made.sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  it.each(corpusOf(signal))('is processed as it must be: $name', ({ name, bytes }) => {
    expect(checkRequest(signal, bytes)).toBe(
      name.startsWith('refused') ? 'refused' : 'same as the reference',
    );
  });
});

it(
  'processes or refuses whatever it is sent, for ten seconds',
  () => {
    const end = Date.now() + FUZZ_MILLIS;
    const { requests, verdicts } = fuzz(Date.now() % 2 ** 31, () => Date.now() >= end);
    expect(requests).toBeGreaterThan(100);
    expect(verdicts['same as the reference']).toBeGreaterThan(requests / 10);
    expect(verdicts.refused).toBeGreaterThan(requests / 10);
  },
  10 * FUZZ_MILLIS,
);
