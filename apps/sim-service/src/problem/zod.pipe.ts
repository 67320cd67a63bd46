import type { PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { InvalidRequest, type FieldError } from './problem';

/** Validates a body or parameter; `at` is where it stands, for the pointers (`#/id`). */
export class ZodPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(
    private readonly schema: S,
    private readonly at: readonly string[] = [],
  ) {}

  /** @throws InvalidRequest naming every field that is wrong. */
  transform(value: unknown): z.output<S> {
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    throw new InvalidRequest(result.error.issues.flatMap((issue) => this.fieldErrors(issue)));
  }

  private fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
    const path = [...this.at, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerOf(path), detail: issue.message }];
    return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), detail: 'no such field' }));
  }
}

/** RFC 6901, as a URI fragment. */
function pointerOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...steps.map(encodeURIComponent)].join('/');
}
