import { clockSkew } from './clock-skew.ts';
import type { Drill } from './drill.ts';
import { failingPayments } from './failing-payments.ts';
import { lostBroker } from './lost-broker.ts';
import { memoryLeak } from './memory-leak.ts';
import { missingTraceContext } from './missing-trace-context.ts';
import { poisonedMessage } from './poisoned-message.ts';
import { requestTimeouts } from './request-timeouts.ts';
import { retryStorm } from './retry-storm.ts';
import { slowDatabase } from './slow-database.ts';

/** Every drill, in the order of `npm run drill -- list` and `run all`. */
export const drills: readonly Drill[] = [
  slowDatabase,
  failingPayments,
  memoryLeak,
  retryStorm,
  poisonedMessage,
  lostBroker,
  requestTimeouts,
  clockSkew,
  missingTraceContext,
];
