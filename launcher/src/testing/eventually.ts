/** Resolves when the predicate holds; for real processes and sockets, whose events no clock of ours drives. */
export async function eventually(
  predicate: () => boolean,
  what: string,
  deadlineMillis = 40_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMillis;
  while (!predicate()) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${deadlineMillis} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
