import { type ConfigProblem, configProblem, duration } from '@trace/runtime';
import { z } from 'zod';

const schema = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe('File with the token, relative to this one; it may change at any time.'),
  token: z
    .string()
    .optional()
    .describe('The token itself, best as ${env:NAME}, so that it does not stand in a file.'),
  reloadInterval: duration().prefault('10s').describe('How often the file is looked at.'),
});

export type BearerTokenConfig = z.output<typeof schema>;

/** A token that is asked of clients, or sent: from a file, or as it stands. */
export function bearerTokenSchema(description: string): typeof schema {
  return schema.describe(`${description} Set one: file, token.`);
}

/** What one value alone cannot show. The token itself must not be printed, so no value is. */
export function checkBearerToken(
  file: string,
  path: string,
  config: BearerTokenConfig | undefined,
): ConfigProblem[] {
  if (config === undefined) return [];
  const problems: ConfigProblem[] = [];
  if ((config.file === undefined) === (config.token === undefined)) {
    problems.push(configProblem(file, path, undefined, 'one of file and token'));
  }
  if (config.token !== undefined && !/^\S+$/.test(config.token)) {
    problems.push(configProblem(file, `${path}.token`, undefined, 'a token without spaces'));
  }
  return problems;
}
