import type { RecordView } from '@trace/otlp';
import { geoSchema } from './geo-config';
import { type FindAddress, GeoRule, type GeoOutcome } from './geo-rule';

const US: FindAddress = () => ({ country_code: 'US' });
const ATTRIBUTES = { 'geo.continent.code': 'NA', 'geo.country.iso_code': 'US' };

const recordOf = (attributes: Record<string, string>): RecordView => ({
  get: (key) => attributes[key],
  resource: () => undefined,
  body: () => undefined,
});
const from = (address: string): RecordView => recordOf({ 'client.address': address });

function ruleOf(find: FindAddress, settings: object = {}): { rule: GeoRule; outcomes: GeoOutcome[] } {
  const outcomes: GeoOutcome[] = [];
  return {
    rule: new GeoRule(geoSchema.parse(settings), find, (outcome) => outcomes.push(outcome)),
    outcomes,
  };
}

describe('GeoRule', () => {
  it('adds where the client is, and asks for each address once', () => {
    const find = jest.fn(US);
    const { rule, outcomes } = ruleOf(find);
    const first = rule.derive(from('8.8.8.8'));
    expect(first?.attributes).toEqual(ATTRIBUTES);
    expect(rule.derive(from('8.8.8.8'))).toBe(first); // so that it need not be encoded again
    expect(find.mock.calls).toEqual([['8.8.8.8']]);
    expect(outcomes).toEqual(['found', 'found']);
  });

  it('takes the first attribute that is there', () => {
    const { rule } = ruleOf(US, { addressFrom: ['client.address', 'http.client_ip'] });
    expect(rule.wantedKeys).toEqual(['client.address', 'http.client_ip']);
    expect(rule.derive(recordOf({ 'http.client_ip': '8.8.8.8' }))?.attributes).toEqual(ATTRIBUTES);
    expect(rule.derive(recordOf({}))).toBeUndefined();
  });

  it.each<[string, FindAddress, GeoOutcome]>([
    ['10.0.0.1', US, 'not_public'],
    ['pc9.example.com', US, 'not_an_address'],
    ['8'.repeat(50), US, 'not_an_address'],
    ['8.8.8.8', () => undefined, 'unknown'],
    ['8.8.8.8', () => ({}), 'unknown'],
    [
      '8.8.8.8',
      () => {
        throw new RangeError('out of range');
      },
      'unreadable',
    ],
  ])('adds nothing for %s: %#', (address, find, outcome) => {
    const { rule, outcomes } = ruleOf(find);
    expect(rule.derive(from(address))).toBeUndefined();
    expect(rule.derive(from(address))).toBeUndefined();
    expect(outcomes).toEqual([outcome, outcome]);
  });

  it('remembers a bounded number of addresses, until it is to forget', () => {
    const { rule } = ruleOf(US, { maxCachedAddresses: 100 });
    for (let index = 0; index < 1000; index += 1) rule.derive(from(`8.8.${index >> 8}.${index & 255}`));
    for (let index = 0; index < 1000; index += 1) rule.derive(from(`no address ${index}`));
    expect(rule.cachedAddresses).toBe(100);
    rule.forget();
    expect(rule.cachedAddresses).toBe(0);
  });
});
