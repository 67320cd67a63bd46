import { z } from 'zod';

const attributeKey = z.string().min(1).max(256);

const sources = (keys: readonly string[]): z.ZodPrefault<z.ZodArray<z.ZodString>> =>
  z
    .array(attributeKey)
    .max(32)
    .prefault([...keys]);

/** Whose session a record belongs to. */
export const sessionSchema = z.strictObject({
  sessionIdFrom: sources(['session_id', 'sessionId', 'baggage.session.id', 'app.session.id']).describe(
    'Record attributes that may hold the session, as baggage span and log processors write them; the first one that is there becomes session.id.',
  ),
  userIdFrom: sources(['user_id', 'userId', 'enduser.id', 'baggage.user.id', 'app.user.id']).describe(
    'The same for user.id; enduser.id is its deprecated name.',
  ),
});
export type SessionConfig = z.output<typeof sessionSchema>;
