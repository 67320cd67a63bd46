import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { crud } from './crud.ts';
import { host } from './host.ts';
import { logs } from './logs.ts';
import { messaging } from './messaging.ts';
import { overview } from './overview.ts';
import { platform } from './platform.ts';
import { service } from './service.ts';
import { slo } from './slo.ts';

/** All dashboards, in the order in which one looks for what is wrong. */
export function boards(): dashboard.Dashboard[] {
  return [overview(), service(), logs(), slo(), messaging(), crud(), host(), platform()];
}
