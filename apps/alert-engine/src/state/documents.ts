import { z } from 'zod';
import type { Notification } from '../notify/notification';
import type { Alert } from './alert';

const labels = z.record(z.string(), z.string());
const service = z.object({
  owner: z.string().optional(),
  runbookUrl: z.string().optional(),
  dashboardUrl: z.string().optional(),
});

/** Of a rule that judges spans, or of one that asks a query: see `groupLabels` and `seriesLabels`, which read no other. */
const groupValues = z.union([z.array(z.string().nullable()), z.array(z.tuple([z.string(), z.string()]))]);

const alert = z.object({
  fingerprint: z.string(),
  ruleId: z.string(),
  groupKey: z.string().refine((key) => groupValues.safeParse(JSON.parse(key)).success),
  labels,
  annotations: labels,
  state: z.enum(['pending', 'firing']),
  value: z.number(),
  service,
  traceIds: z.array(z.string()),
  activeAtMillis: z.number(),
  firedAtMillis: z.number().optional(),
  keepFiringSinceMillis: z.number().optional(),
  eventTimeMillis: z.number(),
  receivedAtMillis: z.number(),
});

const notification = z.object({
  id: z.number().int(),
  receiver: z.string(),
  groupKey: z.string(),
  alerts: z.array(
    z.object({
      labels,
      status: z.enum(['firing', 'resolved']),
      eventTimeEpochMillis: z.number(),
      receivedAtEpochMillis: z.number(),
    }),
  ),
  body: z.string(),
  createdAtEpochMillis: z.number(),
  outcome: z.enum(['pending', 'delivered', 'rejected', 'gave_up']),
  attempts: z.number().int(),
  deliveredAtEpochMillis: z.number().optional(),
});

/** @throws ZodError or SyntaxError for a document that this program did not write. */
export function readAlert(document: unknown): Alert {
  return alert.parse(JSON.parse(String(document))) as Alert;
}

/** @throws ZodError or SyntaxError for a document that this program did not write. */
export function readNotification(document: unknown): Notification {
  return notification.parse(JSON.parse(String(document))) as Notification;
}
