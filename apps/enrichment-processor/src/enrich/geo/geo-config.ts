import { z } from 'zod';

/** Where a client is, by its address. */
export const geoSchema = z.strictObject({
  database: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A file in MaxMind DB format (GeoLite2, GeoIP2, DB-IP, ip-location-db; country or city); without it, the country database that ships (NOTICE).',
    ),
  addressFrom: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(16)
    .default(['client.address'])
    .describe('Record attributes that may hold the address; the first one that is there is looked up.'),
  maxCachedAddresses: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Answers that are kept, the least recently used go first; about 0.2 KiB each.'),
});
export type GeoConfig = z.output<typeof geoSchema>;
