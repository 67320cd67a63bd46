import { globMatcher, longestPiece } from './glob';
import { privacyProblems, privacySchema } from './privacy-config';

describe('privacy settings', () => {
  it('mask credentials and nothing else, if nothing is said', () => {
    const { emailAddresses, cardNumbers, keyRules, patternRules, maxValueDepth, ...credentials } =
      privacySchema.parse(undefined);
    expect([emailAddresses, cardNumbers, keyRules, patternRules, maxValueDepth]).toEqual([
      'off',
      'off',
      [],
      [],
      64,
    ]);
    expect(new Set(Object.values(credentials))).toEqual(new Set(['mask']));
  });

  it.each([
    [{ jwts: 'remove' }, /jwts/],
    [{ keyRules: [{ name: 'a', keys: ['*'], action: 'drop' }] }, /a glob with more than/],
    [{ keyRules: [{ name: 'a', keys: ['/(a/'], action: 'drop' }] }, /RE2/],
    [{ patternRules: [{ name: 'a', regExp: '(?=a)', action: 'drop' }] }, /RE2/],
    [{ patternRules: [{ name: 'a', regExp: 'ä', action: 'drop' }] }, /ASCII/],
    ...['(a.*b)?', 'a*', '^', '\\b', 'a|\\B', '(a.*b)?$', '(a.*b)?\\b'].map((regExp): [object, RegExp] => [
      { patternRules: [{ name: 'a', regExp, action: 'mask' }] },
      /never matches the empty text/,
    ]),
    [{ jwt: 'mask' }, /jwt/],
  ])('refuse %j', (config, message) => {
    expect(() => privacySchema.parse(config)).toThrow(message);
  });

  it('say one thing about a pattern', () => {
    for (const regExp of ['(?=a)', 'a*']) {
      const { error } = privacySchema.safeParse({ patternRules: [{ name: 'a', regExp, action: 'mask' }] });
      expect(error?.issues).toHaveLength(1);
    }
  });

  it('need a key to hash, and names that are not taken', () => {
    const config = privacySchema.parse({
      hashKeyVariable: 'HASH_KEY',
      jwts: 'hash',
      keyRules: [{ name: 'jwts', keys: ['a'], action: 'drop' }],
    });
    const paths = (hashKey?: string): string[] =>
      privacyProblems('file.yaml', 'enrich.privacy', config, hashKey).map(({ path }) => path);
    const name = 'enrich.privacy.keyRules[0].name';
    expect(paths('sixteen bytes at')).toEqual([name]);
    expect(paths('too short')).toEqual([name, 'enrich.privacy.hashKeyVariable']);
    expect(paths()).toEqual([name, 'enrich.privacy.hashKeyVariable']);
    expect(privacyProblems('file.yaml', '', privacySchema.parse({}), undefined)).toEqual([]);
  });
});

describe('a glob', () => {
  it.each([
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acb', false],
    ['*a*b*', 'xaxbx', true],
    ['*a*b*', 'xbxax', false],
    ['ab*ba', 'aba', false],
    ['abc', 'abc', true],
    ['abc', 'xabc', false],
    ['*.x', 'a.b.x', true],
  ])('%s of %s: %s', (glob, text, expected) => {
    expect(globMatcher(glob)(text)).toBe(expected);
  });

  it('has a longest piece', () => {
    expect(longestPiece('a*bcd*ef')).toBe('bcd');
  });
});
