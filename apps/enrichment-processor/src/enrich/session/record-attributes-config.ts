import { z } from 'zod';

const ATTRIBUTE_NAME = /^[a-zA-Z][a-zA-Z0-9_.-]{0,127}$/;
const signal = z.enum(['traces', 'logs', 'metrics']);

const recordAttributes = z.strictObject({
  signals: z
    .array(signal)
    .min(1)
    .default(['traces', 'logs'])
    .describe('Whose records: spans, log records, metric data points (where it becomes part of the series).'),
  attributes: z
    .record(
      z.string().regex(ATTRIBUTE_NAME, 'an attribute name such as "app.tier"'),
      z.union([z.string().min(1).max(1024), z.int().min(0), z.boolean()]),
    )
    .describe('Added to each record that has no attribute of the same name.'),
});

/** Fixed attributes of each record; those of the resource are `enrich.attributes`. */
export const recordAttributesSchema = z
  .array(recordAttributes)
  .max(100)
  .default([])
  .describe(
    'Fixed attributes for each span, log record or data point, unlike enrich.attributes, which are for the resource.',
  );
export type RecordAttributesConfig = z.output<typeof recordAttributesSchema>;
