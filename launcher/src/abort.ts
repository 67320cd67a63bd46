/** Looks anew at a signal after an `await`, where TypeScript would remember the answer from before it. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
