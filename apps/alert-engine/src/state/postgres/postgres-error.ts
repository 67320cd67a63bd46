import { reasonOf } from '@trace/runtime';

/** Another engine has claimed the state since this one did. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';

  constructor() {
    super('another engine has taken over');
  }
}

/** There is a row that this program did not write. */
export class UnreadableRowError extends Error {
  override readonly name = 'UnreadableRowError';

  /** @param row e.g. `row 7 of alert_engine_notifications` */
  constructor(row: string) {
    super(`${row} cannot be read, and nothing is overwritten before it can`);
  }
}

/** What pg says when its time is up, which does not tell of what. */
const TIMEOUTS: Readonly<Record<string, string>> = {
  'timeout expired': 'there was no connection in time',
  'Query read timeout': 'a statement was not answered in time',
};

/** One line, whatever was thrown, and nothing of the URL. */
export function errorLine(error: unknown): string {
  const reason = reasonOf(error).split('\n')[0] ?? '';
  return TIMEOUTS[reason] ?? reason;
}
