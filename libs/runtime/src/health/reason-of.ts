/**
 * Why another system is away, in one line. The message alone is fit for a log: the errors of database clients carry
 * the connection or the command with them, and so the password.
 */
export function reasonOf(error: unknown): string {
  // One for each address of a host name that nobody answers at.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
