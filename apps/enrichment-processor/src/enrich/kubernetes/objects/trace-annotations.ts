import { z } from 'zod';

const webAddress = z.url({ protocol: /^https?$/ }).max(1024);

/** trace.io/<name> on a pod, its workload or its namespace → attribute, and what is accepted: as in the catalogue. */
const ANNOTATIONS: readonly {
  readonly annotation: string;
  readonly attribute: string;
  readonly schema: z.ZodType;
}[] = [
  { annotation: 'trace.io/owner', attribute: 'service.owner', schema: z.string().min(1).max(256) },
  {
    annotation: 'trace.io/criticality',
    attribute: 'service.criticality',
    schema: z.enum(['critical', 'high', 'medium', 'low']),
  },
  { annotation: 'trace.io/runbook', attribute: 'service.runbook.url', schema: webAddress },
  { annotation: 'trace.io/dashboard', attribute: 'service.dashboard.url', schema: webAddress },
];

export type TraceAttributes = Readonly<Record<string, string>>;
export const NO_TRACE_ATTRIBUTES: TraceAttributes = Object.freeze({});

/** Reads the annotations of one object; what is not acceptable is handed to `onInvalid` and left out. */
export function traceAttributes(
  annotations: Readonly<Record<string, string>> | undefined,
  onInvalid: (annotation: string, value: string) => void,
): TraceAttributes {
  if (annotations === undefined) return NO_TRACE_ATTRIBUTES;
  let found: Record<string, string> | undefined;
  for (const { annotation, attribute, schema } of ANNOTATIONS) {
    const value = annotations[annotation];
    if (value === undefined) continue;
    if (schema.safeParse(value).success) (found ??= {})[attribute] = value;
    else onInvalid(annotation, value);
  }
  return found ?? NO_TRACE_ATTRIBUTES;
}
