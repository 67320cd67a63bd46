import { z } from 'zod';

const dependency = z.strictObject({
  status: z.enum(['up', 'down']),
  state: z.enum(['connected', 'connecting', 'idle', 'disconnected']),
  required: z.boolean().describe('false: it may be down, and status is ok all the same'),
  system: z.string().describe('e.g. nats, postgresql, redis, grpc'),
  address: z.string().describe('host:port'),
});
const byName = z.record(z.string(), dependency);

/** https://docs.nestjs.com/recipes/terminus, with the role and since when it runs. */
export const health = z.strictObject({
  status: z.enum(['ok', 'error', 'shutting_down']),
  role: z.string(),
  uptimeSeconds: z.int().min(0),
  info: byName.describe('the dependencies that are up'),
  error: byName.describe('the dependencies that are down'),
  details: byName.describe('all of them'),
});

export const liveness = z.strictObject({ status: z.literal('ok') });
