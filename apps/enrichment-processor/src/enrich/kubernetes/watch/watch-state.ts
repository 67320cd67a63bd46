import { API_ERROR_REASONS, type ApiErrorReason } from '../api/api-error';

export type WatchPhase = 'starting' | 'listing' | 'connecting' | 'watching' | 'waiting' | 'stopped';

/** What metrics and explanations tell of one resource's watch; counters only grow. */
export class WatchState {
  phase: WatchPhase = 'starting';
  /** Everything was listed at least once. */
  synced = false;
  /** Complete lists: the first, and one for each time the server had forgotten where we were. */
  lists = 0;
  pages = 0;
  watches = 0;
  events = 0;
  bookmarks = 0;
  /** Where the next watch begins; undefined when a list must come first. */
  resourceVersion: string | undefined;
  /** When the server was last heard of this resource: list, event or bookmark; 0 is never. */
  lastHeardEpochMillis = 0;
  lastListMillis = 0;
  lastError:
    { readonly reason: ApiErrorReason; readonly message: string; readonly atEpochMillis: number } | undefined;
  readonly errors: Record<ApiErrorReason, number> = Object.fromEntries(
    API_ERROR_REASONS.map((reason) => [reason, 0]),
  ) as Record<ApiErrorReason, number>;

  constructor(readonly resource: string) {}
}
