import { z } from 'zod';

/** The rules of a user, for the gateway's requests and the service's own check alike. */
export const userId = z.string().regex(/^[\w-]{1,64}$/, 'an id of 1 to 64 letters, digits, _ or -');

export const newUser = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    // The one character that PostgreSQL does not take.
    .refine((name) => !name.includes('\0'), 'text without NUL'),
  email: z.email().max(200),
});

export const user = newUser.extend({ id: userId });

export const listLimit = z.coerce.number().int().min(1).max(100);
