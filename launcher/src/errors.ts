/** Every way in which the launcher itself can fail; a test per code stands beside the file that throws it. */
export type LauncherErrorCode =
  | 'recipe' // a program.yaml is wrong
  | 'network' // the host was not reached or did not answer in time
  | 'http' // the host answered, but not with the file
  | 'truncated' // the transfer ended early, stalled, or was too slow
  | 'checksum' // the bytes are not those of the release
  | 'archive' // the archive does not hold the program
  | 'build' // no Go toolchain, or it failed
  | 'packages' // another distribution, or apt or dpkg is missing or failed
  | 'platform' // the platform does not run, or is not such that a drill can be done
  | 'aborted'; // the launcher was told to stop

/** An error whose message is one line for the user: what failed and, where there is one, the remedy. */
export class LauncherError extends Error {
  readonly code: LauncherErrorCode;

  constructor(code: LauncherErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LauncherError';
    this.code = code;
  }
}

/** The one line that a thrown value is worth. */
export function oneLine(cause: unknown): string {
  // Not instanceof: what Node itself throws may come from another realm.
  const text = Error.isError(cause) ? cause.message : String(cause);
  return text.split('\n', 1)[0] ?? '';
}

/** The system's or undici's code of an error or of what caused it, such as ECONNREFUSED. */
export function errorCode(error: unknown): string | undefined {
  if (!Error.isError(error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code ?? errorCode(error.cause);
}
