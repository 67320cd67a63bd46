import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import ts from 'typescript';

import { LauncherError } from '../errors.ts';

/** The ways around the type checker and the linter. */
export const hatches = [
  'any',
  'non-null',
  'as-unknown-as',
  'ts-expect-error',
  'ts-ignore',
  'eslint-disable',
] as const;
export type Hatch = (typeof hatches)[number];
export type HatchCounts = Record<Hatch, number>;

const sourceFolders = ['libs', 'apps', 'charts/values', 'dashboards', 'launcher', 'e2e', 'bench'];
const skippedFolders = new Set(['node_modules', 'dist', 'coverage', 'testing', 'fixtures']);
const commentHatches: readonly [Hatch, RegExp][] = [
  ['ts-expect-error', /@ts-expect-error/g],
  ['ts-ignore', /@ts-(ignore|nocheck)/g],
  ['eslint-disable', /eslint-disable/g],
];

/** Counts the escape hatches of one TypeScript source. */
export function countHatches(source: string): HatchCounts {
  const counts: HatchCounts = {
    any: 0,
    'non-null': 0,
    'as-unknown-as': 0,
    'ts-expect-error': 0,
    'ts-ignore': 0,
    'eslint-disable': 0,
  };
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) counts.any++;
    if (ts.isNonNullExpression(node)) counts['non-null']++;
    if (ts.isAsExpression(node) && ts.isAsExpression(node.expression) && isUnknown(node.expression.type)) {
      counts['as-unknown-as']++;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const comment of commentsOf(source)) {
    for (const [hatch, pattern] of commentHatches) counts[hatch] += comment.match(pattern)?.length ?? 0;
  }
  return counts;
}

const isUnknown = (type: ts.TypeNode): boolean => type.kind === ts.SyntaxKind.UnknownKeyword;

/** Only comments count for what is written in comments: a string may name them too. */
function commentsOf(source: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, source);
  const comments: string[] = [];
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isComment =
      token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia;
    if (isComment) comments.push(scanner.getTokenText());
  }
  return comments;
}

/**
 * Compares the whole checkout with the committed ceiling. More than it: a LauncherError that names the files.
 * Fewer: the ceiling is lowered in its file, to be committed with the change that made it possible; the
 * returned line says so.
 */
export function checkHatches(root: string, ceilingFile: string): string {
  const perFile = sourceFolders
    .flatMap((folder) => typescriptFiles(join(root, folder)))
    .map((file) => ({ file: relative(root, file), counts: countHatches(readFileSync(file, 'utf8')) }));
  const ceiling = JSON.parse(readFileSync(ceilingFile, 'utf8')) as HatchCounts;
  const actual = { ...ceiling };
  for (const hatch of hatches) {
    actual[hatch] = perFile.reduce((sum, { counts }) => sum + counts[hatch], 0);
    if (actual[hatch] > ceiling[hatch]) {
      const files = perFile
        .filter(({ counts }) => counts[hatch] > 0)
        .map(({ file, counts }) => `${file} (${counts[hatch]})`);
      throw new LauncherError(
        'build',
        `${actual[hatch]} × ${hatch}, at most ${ceiling[hatch]} allowed: find a typed way. In ${files.join(', ')}`,
      );
    }
  }
  const lowered = hatches.filter((hatch) => actual[hatch] < ceiling[hatch]);
  if (lowered.length === 0) return hatches.map((hatch) => `${hatch} ${actual[hatch]}`).join(', ');
  writeFileSync(ceilingFile, `${JSON.stringify(actual, undefined, 2)}\n`);
  return `the ceiling of ${lowered.join(', ')} is lowered in ${relative(root, ceilingFile)}: commit it`;
}

function typescriptFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : typescriptFiles(path);
    return /\.m?ts$/.test(entry.name) && !/\.(spec|d)\.ts$/.test(entry.name) ? [path] : [];
  });
}
