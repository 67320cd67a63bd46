import {
  alertEngine,
  consumer,
  enrichmentProcessor,
  gateway,
  load,
  logForwarder,
  logSimulator,
  orders,
  payments,
  producer,
  users,
} from './apps.ts';
import { grafana, loki, nats, otelcol, prometheus, tempo } from './outside.ts';
import type { OutsideProgram, Program, ProgramName } from './program.ts';

/** Every program that there is, in the order in which it is started if nothing has to be waited for. */
export const programs: readonly Program[] = [
  enrichmentProcessor,
  otelcol,
  alertEngine,
  users,
  orders,
  payments,
  gateway,
  producer,
  consumer,
  logSimulator,
  logForwarder,
  load,
  nats,
  prometheus,
  tempo,
  loki,
  grafana,
];

/** Those that run when the logs take this road (TRACE_LOGS_ROAD). */
export function programsOn(road: string): readonly Program[] {
  return programs.filter(({ logsRoad }) => logsRoad === undefined || logsRoad === road);
}

/** The order in which outside programs are had: what serves soonest, then by the time that a build takes. */
export const acquireOrder: readonly OutsideProgram[] = [otelcol, nats, prometheus, tempo, loki, grafana];

/**
 * The order of stopping, each group after the one before is gone: senders first, so that they flush into a
 * Collector that still runs; the Collector before the processor that it delivers to and the alert engine that its
 * last batch goes to (what is undelivered stays in its queue on disk); NATS, which sends nothing to anyone, as soon
 * as all who speak to it are gone; Tempo before the Prometheus that its generator writes to.
 */
export const stopOrder: readonly (readonly ProgramName[])[] = [
  ['load'],
  ['gateway', 'producer', 'log-simulator'],
  ['orders', 'consumer'],
  ['users', 'payments'],
  ['log-forwarder'],
  ['otelcol', 'nats'],
  ['enrichment-processor'],
  ['alert-engine', 'grafana'],
  ['tempo', 'loki'],
  ['prometheus'],
];
