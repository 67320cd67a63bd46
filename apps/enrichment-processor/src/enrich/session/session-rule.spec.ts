import type { RecordView } from '@trace/otlp';
import { sessionSchema } from './session-config';
import { SessionRule } from './session-rule';
import { recordAttributesSchema } from './record-attributes-config';
import { RecordAttributesRule } from './record-attributes-rule';

const recordOf = (attributes: Record<string, string>): RecordView => ({
  get: (key) => attributes[key],
  resource: () => undefined,
  body: () => undefined,
});

describe('SessionRule', () => {
  const rule = new SessionRule(sessionSchema.parse({}));

  it.each<[Record<string, string>, Record<string, string>]>([
    [
      { session_id: 's', userId: 'u' },
      { 'session.id': 's', 'user.id': 'u' },
    ],
    [{ 'baggage.session.id': 's' }, { 'session.id': 's' }],
    [{ 'enduser.id': 'u' }, { 'user.id': 'u' }],
    [{ session_id: 'first', sessionId: 'second' }, { 'session.id': 'first' }],
    [{ session_id: 'x'.repeat(257), sessionId: 'second' }, { 'session.id': 'second' }],
  ])('%j gives %j', (attributes, expected) => {
    expect(rule.derive(recordOf(attributes))).toEqual({ attributes: expected });
  });

  it('adds nothing where nothing is known', () => {
    expect(rule.derive(recordOf({ other: 'x' }))).toBeUndefined();
  });

  it('asks for no key that it does not declare', () => {
    const asked: string[] = [];
    rule.derive({ ...recordOf({}), get: (key) => void asked.push(key) });
    expect(asked).toEqual(rule.wantedKeys);
  });

  it('reads the keys that the configuration names, and no others', () => {
    const named = new SessionRule(sessionSchema.parse({ sessionIdFrom: ['tenant.session'], userIdFrom: [] }));
    expect(named.derive(recordOf({ 'tenant.session': 's', userId: 'u' }))).toEqual({
      attributes: { 'session.id': 's' },
    });
  });
});

describe('RecordAttributesRule', () => {
  it('gives every record of its signals the same attributes', () => {
    const [config] = recordAttributesSchema.parse([{ attributes: { 'app.tier': 'web', 'app.shard': 3 } }]);
    if (config === undefined) throw new Error('one rule');
    const rule = new RecordAttributesRule(config);
    expect(rule.signals).toEqual(['traces', 'logs']);
    expect(rule.derive()).toEqual({ attributes: { 'app.tier': 'web', 'app.shard': 3 } });
    expect(rule.derive()).toBe(rule.derive()); // so that it is encoded once
  });

  it.each([
    [[{ attributes: { 'no spaces': 'x' } }]],
    [[{ attributes: { a: 1.5 } }]],
    [[{ signals: [], attributes: {} }]],
  ])('refuses %j', (config) => {
    expect(recordAttributesSchema.safeParse(config).success).toBe(false);
  });
});
