import { byteSize } from '@trace/runtime';
import { z } from 'zod';
import { geoSchema } from './geo/geo-config';
import { kubernetesSchema } from './kubernetes/config/kubernetes-config';
import { logsSchema } from './logs/logs-config';
import { privacySchema } from './privacy/privacy-config';
import { recordAttributesSchema } from './session/record-attributes-config';
import { sessionSchema } from './session/session-config';

const ATTRIBUTE_NAME = /^[a-zA-Z][a-zA-Z0-9_.-]{0,127}$/;
const count = (max: number): z.ZodInt => z.int().min(1).max(max);

/** Section `enrich`: everything in it may be changed while the program runs, but for `kubernetes`. */
export const enrichSchema = z.strictObject({
  attributes: z
    .record(
      z.string().regex(ATTRIBUTE_NAME, 'an attribute name such as "cloud.region"'),
      z.string().min(1).max(1024),
    )
    .describe('Fixed attributes of every resource.'),
  catalogue: z
    .string()
    .min(1)
    .describe(
      'File of the service catalogue (service.name → owner, criticality, runbook, dashboard), relative to this one.',
    ),
  kubernetes: kubernetesSchema
    .prefault({})
    .describe('Metadata of the pod that a resource belongs to, as the k8s_attributes processor adds it.'),
  logs: logsSchema.optional().describe('Reading access log lines and JSON in log bodies; left out: off.'),
  geo: geoSchema.optional().describe('The country of client.address; left out: off.'),
  session: sessionSchema
    .optional()
    .describe('session.id and user.id from baggage attributes; left out: off.'),
  recordAttributes: recordAttributesSchema,
  privacy: privacySchema
    .unwrap()
    .extend({ enabled: z.boolean().default(true).describe('Whether any of the rules here applies.') })
    .prefault({})
    .describe('What must not leave the processor: applied last, to everything, added attributes included.'),
  maxResources: count(1_000_000)
    .default(100_000)
    .describe('Resources in one request: a batch of one-span requests has one for each span.'),
  maxAttributesPerResource: count(100_000).default(1024).describe('Attributes of one resource.'),
  maxRecords: count(10_000_000)
    .default(1_000_000)
    .describe('Spans, log records or data points in one request.'),
  maxAttributesPerRecord: count(100_000)
    .default(1024)
    .describe('Attributes of one record, where rules read it.'),
  maxBodyBytes: byteSize().prefault('64KiB').describe('A longer log body is not shown to the rules.'),
  maxOutputBytes: byteSize()
    .prefault('80MiB')
    .describe(
      'One request with its attributes added; what grows larger is sent in parts. The downstream must accept this much.',
    ),
});
export type EnrichConfig = z.output<typeof enrichSchema>;
