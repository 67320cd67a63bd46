import type { ConfigProblem } from './config-error';
import { formatPath } from './format-path';
import { nearest } from './nearest';
import { areOneBranch } from './secrecy';

/** `${env:NAME}`, or `${env:NAME:-default}`, as the Collector's configuration has them. */
const REFERENCE = /\$\{env:([^}:]*)(?::-([^}]*))?\}/g;

/**
 * Puts values from the environment into every string of a parsed document. The result of a reference is always
 * text: `attributes: {version: '${env:VERSION}'}` stays a string, whatever VERSION looks like.
 */
export class EnvironmentReferences {
  readonly problems: ConfigProblem[] = [];
  readonly #paths: string[] = [];

  constructor(
    private readonly file: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Whether a value that stands at the path, below it or around it, came from the environment. */
  reach(path: string): boolean {
    return this.#paths.some((each) => areOneBranch(each, path));
  }

  expand(value: unknown, steps: readonly PropertyKey[] = []): unknown {
    if (typeof value === 'string') return this.#expandText(value, formatPath(steps));
    if (Array.isArray(value)) return value.map((item, index) => this.expand(item, [...steps, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, this.expand(inner, [...steps, key])]),
    );
  }

  #expandText(text: string, path: string): string {
    return text.replace(REFERENCE, (reference, name: string, fallback: string | undefined) => {
      this.#paths.push(path);
      const value = this.env[name] ?? '';
      if (value !== '') return value;
      if (fallback !== undefined) return fallback;
      const closest = nearest(
        name,
        Object.keys(this.env).filter((key) => key !== name),
      );
      const expected = `the environment variable ${name} to be set, or a default as in \${env:${name}:-default}`;
      // The reference itself is no secret, wherever it stands.
      const problem = { file: this.file, path, value: reference, expected };
      this.problems.push({ ...problem, ...(closest === undefined ? {} : { nearest: closest }) });
      return '';
    });
  }
}
