import { z } from 'zod';
import { NewerSchemaError } from '../newer-schema-error';

/** https://sqlite.org/rescode.html: the low byte is the primary code. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** The file holds something that this program cannot read, now or ever: it has to go out of the way. */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof z.ZodError || error instanceof SyntaxError || error instanceof NewerSchemaError)
    return true;
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(code & 0xff);
}

/** One line, whatever was thrown. */
export function errorLine(error: unknown): string {
  const text =
    error instanceof z.ZodError
      ? 'a document in it has the wrong shape'
      : error instanceof Error
        ? error.message
        : String(error);
  return text.split('\n')[0] ?? '';
}
