import type { Attributes, Derived, RecordRule, RecordView } from '@trace/otlp';
import type { SessionConfig } from './session-config';

/** Of session.id and user.id, wherever they come from; a longer one is left out. */
export const MAX_ID_CHARACTERS = 256;

/**
 * `session.id` and `user.id` from what was in a request's baggage. OpenTelemetry's baggage processors copy
 * entries to attributes under the keys they have in the baggage, so an application that keeps to the conventions
 * has both already; this is for the ones that call them something else. On spans and log records only: on a
 * metric either would make a series of each user.
 */
export class SessionRule implements RecordRule {
  readonly name = 'session';
  readonly signals = ['traces', 'logs'] as const;
  readonly wantedKeys: readonly string[];
  readonly readsBody = false;

  constructor(private readonly config: SessionConfig) {
    this.wantedKeys = [...config.sessionIdFrom, ...config.userIdFrom];
  }

  derive(record: RecordView): Derived | undefined {
    const sessionId = firstOf(record, this.config.sessionIdFrom);
    const userId = firstOf(record, this.config.userIdFrom);
    if (sessionId === undefined && userId === undefined) return undefined;
    const attributes: Attributes = {
      ...(sessionId !== undefined && { 'session.id': sessionId }),
      ...(userId !== undefined && { 'user.id': userId }),
    };
    return { attributes };
  }
}

function firstOf(record: RecordView, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = record.get(key);
    if (value !== undefined && value.length <= MAX_ID_CHARACTERS) return value;
  }
  return undefined;
}
