import fc from 'fast-check';
import { maskedJson, maskedText } from './masked-body';
import { bodyRules } from './options';

const rules = bodyRules({ contentTypes: ['application/json'], maskedFields: ['shoe-size'] });

describe('a body in a log', () => {
  it.each([
    ['application/json', '{"user":"ada","password":"p"}', '{"user":"ada","password":"[masked]"}'],
    ['application/json', '{"a":[{"accessToken":"t","b":1}]}', '{"a":[{"accessToken":"[masked]","b":1}]}'],
    ['application/vnd.api+json; charset=utf-8', '{"API_KEY":{"a":1}}', '{"API_KEY":"[masked]"}'],
    ['application/json', '{"shoeSize":43,"token":null}', '{"shoeSize":"[masked]","token":null}'],
    ['application/json', '{"note":"Bearer abc.def"}', '{"note":"Bearer [masked]"}'],
    ['application/json', '"password=hunter2 and more"', '"password=[masked] and more"'],
    ['application/json', '{"password":"hunter2"', '{"password":"[masked]"'],
    ['application/x-www-form-urlencoded', 'user=ada&card%2Dnumber=4111', 'user=ada&card%2Dnumber=[masked]'],
    ['application/x-www-form-urlencoded', 'a=%&b=1', 'a=%&b=1'],
    ['text/plain', 'see https://ada:secret@example.com', 'see https://ada:[masked]@example.com'],
    ['text/plain', 'tokens are nice', 'tokens are nice'],
  ])('of type %s: %s', (type, text, expected) => {
    expect(maskedText(text, type, rules)).toBe(expected);
  });

  it('has no value of a secret member, at whatever depth, and is otherwise what it was', () => {
    const secret = fc.constant('S3CR3T-VALUE');
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.boolean(), tie('object'), fc.array(tie('value'))),
      object: fc.record({ id: fc.integer(), password: secret, data: tie('value') }),
    })).object;
    fc.assert(
      fc.property(json, (value) => {
        const masked = maskedJson(value, rules);
        expect(masked).not.toContain('S3CR3T-VALUE');
        expect(masked.replaceAll('[masked]', 'S3CR3T-VALUE')).toBe(JSON.stringify(value));
      }),
    );
  });
});
