import { nearest } from './nearest';
import { isSecretPath, isSecretUrl } from './secrecy';

/** One thing that is wrong in the configuration, with all that a person needs to mend it. */
export interface ConfigProblem {
  /** The file as the person named it, or "environment". */
  readonly file: string;
  /** Where in the file, e.g. `groups[0].rules[2].window`; empty for the file itself. */
  readonly path: string;
  /** What stands there now; absent when nothing does, or when it must not be printed. */
  readonly value?: unknown;
  /** Something stands there that may be a secret. */
  readonly hidden?: true;
  /** What would be accepted. */
  readonly expected: string;
  /** The valid name that is closest to what was written, when there is one. */
  readonly nearest?: string;
}

/** The configuration cannot be used. `message` has one line for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
  }
}

/** A problem found by a check that a schema cannot express; `candidates` are the names that would be valid. */
export function configProblem(
  file: string,
  path: string,
  value: unknown,
  expected: string,
  candidates: readonly string[] = [],
): ConfigProblem {
  const closest = typeof value === 'string' ? nearest(value, candidates) : undefined;
  const problem = {
    file,
    path,
    value: shallow(value),
    expected,
    ...(closest === undefined ? {} : { nearest: closest }),
  };
  return isSecretPath(path) || isSecretUrl(value) ? withoutValue(problem) : problem;
}

/** The same problem, with nothing to be read of what stands there. */
export function withoutValue({ value, ...problem }: ConfigProblem): ConfigProblem {
  return value === undefined ? problem : { ...problem, hidden: true };
}

/** Not what a list or a section holds: there may be a secret anywhere in it. */
function shallow(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  return typeof value === 'object' && value !== null ? {} : value;
}

function formatProblem(problem: ConfigProblem): string {
  const where = problem.path === '' ? problem.file : `${problem.file}: ${problem.path}`;
  const hint = problem.nearest === undefined ? '' : ` (did you mean ${show(problem.nearest)}?)`;
  return `${where}: ${found(problem)}, expected ${problem.expected}${hint}`;
}

function found({ value, hidden }: ConfigProblem): string {
  if (hidden) return 'got a value that is not shown';
  return value === undefined ? 'nothing is set' : `got ${show(value)}`;
}

const MAX_SHOWN_CHARACTERS = 80;

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a section';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}
