import { type ConfigProblem, configProblem } from '@trace/runtime';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { matchesNothing } from './custom-pattern';

const MAX_RULES = 64;
const MAX_KEYS_PER_RULE = 256;
/** Shorter keys are guessed in no time, and so is what was hashed with them. */
const MIN_HASH_KEY_BYTES = 16;

const action = z.enum(['drop', 'hash', 'mask']);
export type PrivacyAction = z.output<typeof action>;

const name = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$/, 'a name of letters, digits, ".", "_", "-"')
  .describe('What the rule is called in metrics.');

const regExp = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII')
  .refine(isRe2, {
    error: 'a regular expression in RE2 syntax (no lookaround, no back-references)',
    abort: true,
  })
  .refine((source) => !matchesNothing(source), 'a regular expression that never matches the empty text');

const key = z
  .string()
  .max(256)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII')
  .refine((text) => !isRegExp(text) || isRe2(text.slice(1, -1)), 'a regular expression in RE2 syntax')
  .refine((text) => isRegExp(text) || /[^*]/.test(text), 'a glob with more than "*"');

const keyRule = z.strictObject({
  name,
  keys: z
    .array(key)
    .min(1)
    .max(MAX_KEYS_PER_RULE)
    .describe(
      'Attribute keys, upper or lower case alike, that must match as a whole: a glob, in which * stands for any text, or a regular expression (RE2) between slashes. Regular expressions cost time on every attribute, globs next to none.',
    ),
  action: z
    .enum([...action.options, 'keep'])
    .describe(
      'drop: the attribute is removed; hash: its value becomes the HMAC-SHA-256 in hex; mask: it becomes ****; keep: no later key rule applies. The first rule that matches counts.',
    ),
});

const patternRule = z.strictObject({
  name,
  regExp: regExp.describe(
    'A regular expression (RE2), looked for in every string; a character outside ASCII counts as its UTF-8 bytes. Costs about 0.1 µs for each byte of text.',
  ),
  action: action.describe(
    'drop: the string is removed, and the attribute with it whose value it is; hash: the match becomes "hmac:" and the HMAC-SHA-256 in hex; mask: it becomes ****.',
  ),
});

const builtIn = z.enum([...action.options, 'off']);

/** What leaves the processor changed, or not at all. Credentials are masked unless told otherwise. */
export const privacySchema = z
  .strictObject({
    hashKeyVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
      .optional()
      .describe(`Environment variable with the key of hash actions, at least ${MIN_HASH_KEY_BYTES} bytes.`),
    credentialKeys: builtIn
      .default('mask')
      .describe(
        'Attributes whose key ends with authorization, cookie, password, passphrase, secret, token, an API, access or private key.',
      ),
    bearerTokens: builtIn.default('mask').describe('"Bearer <token>" in any string.'),
    basicAuth: builtIn.default('mask').describe('"Basic <base64>" that holds a colon when decoded.'),
    urlCredentials: builtIn.default('mask').describe('What stands before @ in the authority of a URL.'),
    secretFields: builtIn
      .default('mask')
      .describe(
        'What stands behind password:, token:, api_key: and the like in text, in quotes or one word; behind Cookie: the whole line, behind Authorization: the credentials.',
      ),
    secretParameters: builtIn
      .default('mask')
      .describe(
        'Values of password=, token=, api_key=, secret=, authorization=, cookie=, signature=, sig=, pwd= and the like, in URLs and other text.',
      ),
    jsonSecrets: builtIn
      .default('mask')
      .describe('The same names as members of JSON in a string, whatever their value.'),
    jwts: builtIn.default('mask').describe('JSON Web Tokens.'),
    cloudKeys: builtIn.default('mask').describe('Access key ids of AWS and API keys of Google Cloud.'),
    privateKeys: builtIn.default('mask').describe('Private keys in PEM.'),
    emailAddresses: builtIn.default('off').describe('E-mail addresses.'),
    cardNumbers: builtIn
      .default('off')
      .describe(
        'Payment card numbers that pass Luhn, with blanks, dashes or dots or without; integers too, if they begin like a card of that length. Every value is read then.',
      ),
    keyRules: z.array(keyRule).max(MAX_RULES).default([]).describe('Before credentialKeys, in this order.'),
    patternRules: z
      .array(patternRule)
      .max(MAX_RULES)
      .default([])
      .describe('Behind the built-in ones, in this order.'),
    maxValueDepth: z
      .int()
      .min(1)
      .max(256)
      .default(64)
      .describe(
        'Lists and maps in one another; a request with a deeper value is refused where that has to be read.',
      ),
  })
  .prefault({});
export type PrivacyConfig = z.output<typeof privacySchema>;

export type BuiltInRule = {
  [K in keyof PrivacyConfig]-?: PrivacyConfig[K] extends PrivacyAction | 'off' ? K : never;
}[keyof PrivacyConfig];

/** `/…/` is a regular expression, anything else a glob. */
export function isRegExp(key: string): boolean {
  return key.length > 2 && key.startsWith('/') && key.endsWith('/');
}

/**
 * What the schema cannot see: names that are taken, and a hash without a key.
 *
 * @param path of the privacy settings in the file
 * @param hashKey the value of the variable that `hashKeyVariable` names
 */
export function privacyProblems(
  file: string,
  path: string,
  config: PrivacyConfig,
  hashKey: string | undefined,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const taken = new Set(Object.keys(privacySchema.unwrap().shape));
  for (const list of ['keyRules', 'patternRules'] as const) {
    for (const [index, rule] of config[list].entries()) {
      if (taken.has(rule.name)) {
        problems.push(
          configProblem(file, `${path}.${list}[${index}].name`, rule.name, 'a name that is not taken'),
        );
      }
      taken.add(rule.name);
    }
  }
  const rules = [...config.keyRules, ...config.patternRules].map((rule) => rule.action);
  if (![...Object.values(config), ...rules].includes('hash')) return problems;
  const variable = config.hashKeyVariable;
  const expected = `a variable with at least ${MIN_HASH_KEY_BYTES} bytes, since a rule hashes`;
  if (variable === undefined || Buffer.byteLength(hashKey ?? '') < MIN_HASH_KEY_BYTES) {
    problems.push(configProblem(file, `${path}.hashKeyVariable`, variable, expected));
  }
  return problems;
}

function isRe2(source: string): boolean {
  try {
    RE2JS.compile(source);
    return true;
  } catch {
    return false;
  }
}

/** The key of hash actions, from the variable that the configuration names. */
export function hashKeyOf({ hashKeyVariable }: PrivacyConfig, env: NodeJS.ProcessEnv): string | undefined {
  return hashKeyVariable === undefined ? undefined : env[hashKeyVariable];
}
