import { z } from 'zod';
import { PRIORITIES } from '../../messaging/message';

const MAX_CONTENT_CHARACTERS = 10_000;

const content = z.string().min(1).max(MAX_CONTENT_CHARACTERS);
const priority = z.enum(PRIORITIES).default('normal');

/** `POST /send` */
export const newMessage = z.strictObject({ content, priority });

/** `POST /send-bulk` */
export const newMessages = z.strictObject({ content, priority, count: z.int().min(1).max(1000) });

/** `POST /simulate-load` */
export const newLoad = z.strictObject({
  duration_seconds: z.number().positive().max(3600),
  messages_per_second: z.number().positive().max(1000),
});

export const sent = z.strictObject({ id: z.string(), priority: z.enum(PRIORITIES) });
export const sentBulk = z.strictObject({ ids: z.array(z.string()), priority: z.enum(PRIORITIES) });
export const loadStarted = z.strictObject({
  duration_seconds: z.number(),
  messages_per_second: z.number(),
  ends_at: z.iso.datetime(),
});
