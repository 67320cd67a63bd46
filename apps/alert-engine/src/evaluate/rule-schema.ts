import { duration } from '@trace/runtime';
import { z } from 'zod';
import { SEVERITIES } from '../ingest/log-line';
import { SPAN_KINDS } from '../ingest/span';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LABEL_NAME_EXPECTED = 'a label name: letters, digits and _, not beginning with a digit';
const labelSet = z.record(z.string(), z.string()).superRefine((labels, context) => {
  for (const name of Object.keys(labels).filter((key) => !LABEL_NAME.test(key))) {
    context.addIssue({ code: 'custom', path: [name], message: LABEL_NAME_EXPECTED });
  }
});

const oneOrMore = <T extends z.ZodType>(value: T): z.ZodUnion<[T, z.ZodArray<T>]> =>
  z.union([value, z.array(value).min(1)]);

const positiveDuration = duration().refine((millis) => millis >= 1000, {
  error: 'a duration of at least 1s',
});

const aboveDuration = duration().refine((millis) => millis > 0, { error: 'a duration above 0' });
const aboveCount = z.strictObject({ above: z.int().min(0) });

export const ruleSchema = z.strictObject({
  alert: z.string().min(1),
  /** PromQL: a rule that asks Prometheus. What follows, up to `for`, is for rules that judge what comes in. */
  expr: z.string().optional(),
  signal: z.enum(['traces', 'logs']).optional(),
  latency: z
    .strictObject({
      quantile: z.number().gt(0).lt(1),
      above: aboveDuration,
    })
    .optional(),
  errors: z.strictObject({ ratio_above: z.number().min(0).lt(1) }).optional(),
  count: aboveCount.optional(),
  repeats: aboveCount.optional(),
  clock_ahead: z.strictObject({ above: aboveDuration }).optional(),
  /** A name of the span or log line, or of a resource attribute → a value, or a list of which one must be it. */
  match: z
    .looseObject({
      'span.kind': oneOrMore(z.enum(SPAN_KINDS)).optional(),
      'span.status': z.literal('error').optional(),
      'span.parent': z.literal('none').optional(),
      'log.severity': oneOrMore(z.enum(SEVERITIES)).optional(),
      'log.body': oneOrMore(z.string().min(1)).optional(),
      route: oneOrMore(z.string()).optional(),
    })
    .catchall(oneOrMore(z.string()))
    .optional(),
  by: z.array(z.string().min(1)).min(1).optional(),
  window: positiveDuration.optional(),
  lateness: duration().optional(),
  min_count: z.number().int().min(1).optional(),
  for: duration().default(0),
  keep_firing_for: duration().default(0),
  resolve_on_silence: z.boolean().optional(),
  labels: labelSet.default({}),
  annotations: labelSet.default({}),
});

/** Close to Prometheus's rule files: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export const ruleFileSchema = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        interval: positiveDuration.prefault('15s'),
        rules: z.array(ruleSchema),
      }),
    )
    .default([]),
});

export type RuleSpec = z.output<typeof ruleSchema>;
