/** A port could not be had; `message` is the one line for the person who started the program. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface ListenTarget {
  readonly host: string;
  readonly port: number;
  /** The setting that chooses the port, e.g. `http.port in config/alert-engine.yaml`. */
  readonly setting: string;
}

/** Says what is wrong with the address when `cause` says that it is the address; else `cause` itself. */
export function listenError(cause: unknown, { host, port, setting }: ListenTarget): Error {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = Object.entries(REASONS).find(([key]) => code === key || error.message.includes(key));
  if (reason === undefined) return error;
  return new ListenError(`port ${port} on ${host} ${reason[1]}; set ${setting} to another`, { cause });
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'is taken by another program',
  'address already in use': 'is taken by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'cannot be opened: this host has no such address',
};
