import { z } from 'zod';

const time = z.iso.datetime({ offset: true, error: 'an RFC 3339 time such as 2026-01-31T12:00:00Z' });
const count = z.int().min(0);

/** `POST /replay`. The times are those at which the stream has stored the records. */
export const newReplay = z
  .strictObject({
    since: time,
    until: time.optional().describe('not included; now when it is left out'),
    service: z.string().min(1).max(255).optional().describe('service.name; all when it is left out'),
    dry_run: z.boolean().default(false).describe('count, and forward nothing'),
  })
  // What is no time is not before another either, and told of already.
  .refine(
    ({ since, until }) => !(Date.parse(since) >= (until === undefined ? Date.now() : Date.parse(until))),
    {
      path: ['since'],
      error: 'a time before until, and before now',
    },
  );
export type ReplaySettings = z.output<typeof newReplay>;

/** `GET /replay`: of the one that runs, or ran last. */
export const replayState = z.strictObject({
  running: z.boolean(),
  settings: newReplay.nullable(),
  messages: count.describe('how many there are in the time'),
  messages_read: count,
  records_read: count,
  records_forwarded: count,
  records_dropped: z.record(z.string(), count).describe('by reason'),
  failure: z.string().nullable().describe('why it ended before its end'),
});
export type ReplayState = z.output<typeof replayState>;
