import { z } from 'zod';

/** Reading the bodies of log records. */
export const logsSchema = z.strictObject({
  accessLog: z
    .boolean()
    .default(true)
    .describe(
      'Reads lines in Common or Combined Log Format: HTTP attributes, crud.operation, client.address, user.name, severity, time.',
    ),
  json: z
    .boolean()
    .default(true)
    .describe(
      "Reads JSON objects: trace id, span id, level and time into the record's own fields where empty; session.id and user.id.",
    ),
  maxLineCharacters: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(16_384)
    .describe('A longer body is passed on unread; ten times what servers accept as a request line.'),
});
export type LogsConfig = z.output<typeof logsSchema>;
