import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { board } from '../build/board.ts';
import { alerting } from './platform/alerting.ts';
import { flow } from './platform/flow.ts';
import { health } from './platform/health.ts';
import { lag } from './platform/lag.ts';
import { loss } from './platform/loss.ts';

/** In the order of the data path (docs/data-path.md). */
export function platform(): dashboard.Dashboard {
  return board({
    name: 'platform',
    title: 'Trace itself',
    description: 'Does everything that services send arrive, how late, and are the alerts on time?',
    panels: [...health, ...flow, ...loss, ...lag, ...alerting],
  });
}
