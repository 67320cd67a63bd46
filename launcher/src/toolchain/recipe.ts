import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { closest } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { z } from 'zod';

import { LauncherError, oneLine } from '../errors.ts';

const releaseSchema = z.strictObject({
  url: z.url(),
  /** The release's own list of SHA-256 sums. */
  checksums: z.url(),
  /** A pinned hash, or `first-use`: taken from `checksums` once and kept in the cache. */
  sha256: z.union([z.literal('first-use'), z.string().regex(/^[0-9a-f]{64}$/)]),
  /** The program's path inside the archive. */
  member: z.string(),
  /** A folder inside the archive that is kept whole, for a program that needs the files around it. */
  tree: z.string().optional(),
});

const buildSchema = z.strictObject({
  /** `go`: a package of the module pinned by go.mod here; `collector`: the Collector's builder and builder.yaml. */
  kind: z.enum(['go', 'collector']),
  package: z.string(),
  tags: z.array(z.string()).default([]),
  ldflags: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  /** A cold build on two cores; shown to the person who waits. */
  typicalSeconds: z.int().positive(),
});

const debianSchema = z.strictObject({
  /** The release whose packages hold the pinned version, as `<ID>-<VERSION_ID>` of os-release(5). */
  distribution: z.string(),
  packages: z.array(z.string()).min(1),
  /** What the packages take for given because they are meant to be installed under /usr. */
  replace: z.array(z.strictObject({ file: z.string(), from: z.string(), to: z.string() })).default([]),
});

const mavenSchema = z.strictObject({
  /** The oldest version of Java that runs it. */
  java: z.int().positive(),
});

const recipeSchema = z.strictObject({
  title: z.string(),
  version: z.string(),
  /** File names under which the program may be installed. */
  executables: z.array(z.string()).min(1),
  /** Commands whose output must match for a program to count as the pinned one. */
  checks: z.array(z.strictObject({ args: z.array(z.string()), expect: z.string() })).min(1),
  download: z.record(z.string(), releaseSchema).default({}),
  /** Absent: the program is not built here. */
  build: buildSchema.optional(),
  /** Present: its packages are unpacked beside start.sh of the same folder, which is the program then. */
  debian: debianSchema.optional(),
  /** Present: what pom.xml of the same folder depends on is copied beside start.sh, which is the program then. */
  maven: mavenSchema.optional(),
});

export type Release = z.output<typeof releaseSchema>;
export type Build = z.output<typeof buildSchema>;
export type DebianPackages = z.output<typeof debianSchema>;
export type MavenArtifacts = z.output<typeof mavenSchema>;
export interface Recipe extends z.output<typeof recipeSchema> {
  readonly name: string;
  /** The folder with program.yaml and what the build needs. */
  readonly directory: string;
  /** SHA-256 over every file of the folder: a changed recipe is a different program. */
  readonly hash: string;
}

/** Reads `toolchain/<name>/program.yaml`; throws a LauncherError that names file and field. */
export function loadRecipe(toolchainDirectory: string, name: string): Recipe {
  const directory = join(toolchainDirectory, name);
  const file = join(directory, 'program.yaml');
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new LauncherError('recipe', `${file}: ${oneLine(error)}`, { cause: error });
  }
  const result = recipeSchema.safeParse(document, { reportInput: true });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new LauncherError('recipe', `${file}: ${issue === undefined ? 'not a recipe' : problemOf(issue)}`);
  }
  return { ...result.data, name, directory, hash: hashDirectory(directory) };
}

/** `path: got value, expected …`, with the nearest name for a key that there is not. */
function problemOf({ path, message, ...issue }: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') {
    return `${path.join('.')}: got ${issue.input === undefined ? 'nothing' : JSON.stringify(issue.input)}, expected another value: ${message}`;
  }
  const [key = ''] = issue.keys;
  const known = Object.keys(path.length === 0 ? recipeSchema.shape : buildSchema.shape);
  const near = closest(key, known);
  return `${[...path, key].join('.')}: expected no such key (did you mean ${JSON.stringify(near)}?)`;
}

function hashDirectory(directory: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(directory).sort()) {
    const content = readFileSync(join(directory, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
