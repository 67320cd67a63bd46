import { z } from 'zod';

const MAX_SERVICES = 10_000;

const webAddress = z.url({ protocol: /^https?$/, error: 'an http or https URL' }).max(1024);

const service = z.strictObject({
  owner: z.string().min(1).max(256),
  criticality: z.enum(['critical', 'high', 'medium', 'low']).optional(),
  runbook: webAddress.optional(),
  dashboard: webAddress.optional(),
});
export type CatalogueService = z.output<typeof service>;

/** service.name → what is known about it. */
export const catalogueSchema = z.strictObject({
  services: z
    .record(z.string().min(1).max(1024), service)
    .refine((services) => Object.keys(services).length <= MAX_SERVICES, `at most ${MAX_SERVICES} services`),
});
export type Catalogue = z.output<typeof catalogueSchema>;

/** OpenTelemetry has a name for criticality only; the others are ours. */
export const SERVICE_ATTRIBUTES: readonly string[] = [
  'service.owner',
  'service.criticality',
  'service.runbook.url',
  'service.dashboard.url',
];

/** The attributes of one entry, in the order of SERVICE_ATTRIBUTES; what is not known is left out. */
export function attributesOf({
  owner,
  criticality,
  runbook,
  dashboard,
}: CatalogueService): Record<string, string> {
  const values = [owner, criticality, runbook, dashboard];
  return Object.fromEntries(
    SERVICE_ATTRIBUTES.flatMap((key, index) => {
      const value = values[index];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
