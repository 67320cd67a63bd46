import { z } from 'zod';
import { PRIORITIES } from '../../messaging/message';

export const stats = z.strictObject({
  processed_messages: z.int().min(0),
  error_messages: z.int().min(0).describe('Attempts that failed'),
  uptime_seconds: z.number().min(0),
  processing_rate_per_second: z.number().min(0).describe('Of the last minute'),
});

export const messageId = z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -, at most 64');

const MAX_LETTERS = 1000;
export const letterLimit = z.coerce.number().int().min(1).max(MAX_LETTERS).default(100);

export const deadLetters = z.strictObject({
  dead_letters: z
    .array(
      z.strictObject({
        id: messageId,
        priority: z.enum(PRIORITIES),
        content: z.string(),
        attempts: z.int().min(1),
        reason: z.string(),
        failed_at: z.iso.datetime(),
        trace_id: z
          .string()
          .regex(/^[0-9a-f]{32}$/)
          .optional(),
      }),
    )
    .describe('The oldest first'),
});

export const replayed = z.strictObject({ id: messageId });
