import { z } from 'zod';

/** How many processes share the port; see docs/workers.md for when more than one helps. */
export const workersSchema = z
  .int()
  .min(1)
  .max(64)
  .default(1)
  .describe(
    'Processes that share the receiving port; each uses one core, and each connection belongs to one of them.',
  );
