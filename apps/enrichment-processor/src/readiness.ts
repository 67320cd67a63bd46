import type { Readiness } from '@trace/runtime';
import type { KubernetesSource } from './enrich/kubernetes';

/** Where the program is in its life; /readyz says no more of the data path, and never asks the downstream. */
export interface Phase {
  receive: 'starting' | 'listening' | 'draining';
}

export function readinessOf(phase: Phase, kubernetes: KubernetesSource | undefined): Readiness {
  return {
    ready: phase.receive === 'listening' && (kubernetes?.readiness.ready ?? true),
    checks: { ...phase, ...kubernetes?.readiness.checks },
  };
}
