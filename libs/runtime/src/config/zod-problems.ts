import { z } from 'zod';
import { configProblem, type ConfigProblem } from './config-error';
import { formatPath } from './format-path';

/** Turns zod's issues into problems that name path, value, expectation and the nearest valid name. */
export function problemsOf(
  file: string,
  error: z.ZodError,
  input: unknown,
  schema: z.ZodType,
): ConfigProblem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(file, issue, input, schema));
}

type Issue = z.core.$ZodIssue;

function problemsOfIssue(file: string, issue: Issue, input: unknown, schema: z.ZodType): ConfigProblem[] {
  const path = formatPath(issue.path);
  const value = valueAt(input, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, issue.path);
      const expected = known.length === 0 ? 'no such key' : `one of the keys ${known.join(', ')}`;
      return issue.keys.map((key) =>
        configProblem(file, formatPath([...issue.path, key]), key, expected, known),
      );
    }
    case 'invalid_value': {
      const names = issue.values.map(String);
      const expected = names.length === 1 ? (names[0] ?? '') : `one of ${names.join(', ')}`;
      return [configProblem(file, path, value, expected, names)];
    }
    case 'invalid_union': {
      // The member that got furthest tells most; a plain mismatch of type tells least.
      const best = issue.errors
        .filter((member) => !member.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'))
        .sort((a, b) => a.length - b.length)[0];
      if (best === undefined) return [configProblem(file, path, value, expectation(issue))];
      return best.flatMap((inner) =>
        problemsOfIssue(file, { ...inner, path: [...issue.path, ...inner.path] }, input, schema),
      );
    }
    default:
      return [configProblem(file, path, value, expectation(issue))];
  }
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      // A schema's own words (say, what a duration looks like) beat the name of its type.
      return issue.message.startsWith('Invalid input') ? `a value of type ${issue.expected}` : issue.message;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`
        : `at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `a number ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`
        : `at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? `a valid ${issue.format}` : issue.message;
    default:
      return issue.message;
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    input,
  );
}

/** The keys that the schema knows at `path`; empty when that place is not an object. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = unwrap(schema);
  for (const step of path) {
    if (here instanceof z.ZodObject) here = (here.shape as Record<PropertyKey, unknown>)[step];
    else if (here instanceof z.ZodArray) here = here.element;
    else if (here instanceof z.ZodRecord) here = here.valueType;
    else return [];
    here = unwrap(here);
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
