import { readFileSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, configProblem, type ConfigProblem, withoutValue } from './config-error';
import { EnvironmentReferences } from './environment-references';
import { mayHoldSecrets } from './secrecy';
import { problemsOf } from './zod-problems';

/** Aliases expand; a few lines of YAML must not become gigabytes ("billion laughs"). */
const MAX_ALIAS_EXPANSIONS = 100;

/** What one value alone cannot show, asked when each value is valid. */
export type Check<S extends z.ZodType> = (config: z.output<S>) => readonly ConfigProblem[];

/**
 * Reads a YAML file once, validates it and freezes the result deeply. With an environment, `${env:NAME}` and
 * `${env:NAME:-default}` in its strings are replaced first.
 * No problem tells a value that came from the environment, or whose name says that it is secret.
 * @throws ConfigError with one problem for each mistake, or for a file that cannot be read.
 */
export function loadYamlConfig<S extends z.ZodType>(
  file: string,
  schema: S,
  env?: NodeJS.ProcessEnv,
  check?: Check<S>,
): z.output<S> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConfigError([{ file, path: '', expected: `a file that can be read (${reason})` }]);
  }
  return parseYamlConfig(file, text, schema, env, check);
}

/** As loadYamlConfig, from text that was read elsewhere; `file` is only for the messages. */
export function parseYamlConfig<S extends z.ZodType>(
  file: string,
  text: string,
  schema: S,
  env?: NodeJS.ProcessEnv,
  check: Check<S> = () => [],
): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(({ pos, code, message }) => {
        const { line, col } = lines.linePos(pos[0]);
        const at = `${file}:${line}:${col}`;
        // What it belongs to is not known, and the parser's words may quote it.
        return mayHoldSecrets(text)
          ? withoutValue({ file: at, path: '', value: text, expected: `valid YAML (${code})` })
          : configProblem(at, '', lineOf(text, line), `valid YAML: ${message}`);
      }),
    );
  }
  const content = contentOf(document, file);
  if (env === undefined) return validate(file, content, schema, check);
  const references = new EnvironmentReferences(file, env);
  const expanded = references.expand(content);
  if (references.problems.length > 0) throw new ConfigError(references.problems);
  try {
    return validate(file, expanded, schema, check);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(
      error.problems.map((problem) => (references.reach(problem.path) ? withoutValue(problem) : problem)),
    );
  }
}

/** Validates the environment variables that the schema names; the others are not looked at. */
export function loadEnvConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const named = Object.keys(schema.shape).flatMap((key) => {
    const value = env[key];
    // An empty variable is how a shell script says "not set".
    return value === undefined || value === '' ? [] : [[key, value] as const];
  });
  return validate('environment', Object.fromEntries(named), schema);
}

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIAS_EXPANSIONS }) ?? {};
  } catch {
    const expected = `aliases of anchors that are there, expanded at most ${MAX_ALIAS_EXPANSIONS} times`;
    throw new ConfigError([{ file, path: '', hidden: true, expected }]);
  }
}

function validate<S extends z.ZodType>(
  file: string,
  input: unknown,
  schema: S,
  check: Check<S> = () => [],
): z.output<S> {
  const result = schema.safeParse(input, { reportInput: true });
  if (!result.success) throw new ConfigError(problemsOf(file, result.error, input, schema));
  const config = deepFreeze(result.data);
  const problems = check(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function lineOf(text: string, line: number): string {
  return (text.split('\n')[line - 1] ?? '').trim();
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
