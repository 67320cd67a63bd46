import { z } from 'zod';

const MAX_LATENCY_MILLIS = 60_000;
const MAX_DURATION_SECONDS = 3600;
const MAX_LEAK_BYTES_PER_SECOND = 16 * 1024 * 1024;
const DEFAULT_DURATION_SECONDS = 30;

/** `PUT /faults`: every field may be left out. */
export const faultSchema = z.strictObject({
  /** `http.route`, `rpc.service/rpc.method`, or `*` for all that have no fault of their own. */
  route: z.string().min(1).max(200).default('*'),
  latencyMillis: z.number().min(0).max(MAX_LATENCY_MILLIS).default(0),
  /** The share of requests that fail, 0 to 1. */
  errorRate: z.number().min(0).max(1).default(0),
  /** So much more of the JavaScript heap is kept each second, up to `HeapLeak`'s limit; freed when the fault ends. */
  leakBytesPerSecond: z.int().min(0).max(MAX_LEAK_BYTES_PER_SECOND).default(0),
  /** How long it lasts; then it ends by itself. */
  durationSeconds: z.number().positive().max(MAX_DURATION_SECONDS).default(DEFAULT_DURATION_SECONDS),
});

/** One that is in the configuration, and lasts for as long as it stands there. */
export const standingFaultSchema = faultSchema.omit({ leakBytesPerSecond: true, durationSeconds: true });

export type StandingFault = Readonly<z.output<typeof standingFaultSchema>>;
export type Fault = Readonly<z.output<typeof faultSchema>>;
/** Without `remainingSeconds` it stands in the configuration. */
export type ActiveFault = StandingFault & {
  readonly leakBytesPerSecond?: number;
  readonly durationSeconds?: number;
  readonly remainingSeconds?: number;
};
