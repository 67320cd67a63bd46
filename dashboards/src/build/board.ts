import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { uids, type BoardName } from './link.ts';
import type { Panel } from './panel.ts';
import type { Variable } from './variable.ts';

export interface BoardSpec {
  readonly name: BoardName;
  readonly title: string;
  /** The question that it answers. */
  readonly description: string;
  readonly variables?: readonly Variable[];
  readonly annotations?: readonly cog.Builder<dashboard.AnnotationQuery>[];
  /** From left to right, from top to bottom; a row of them is 24 columns. */
  readonly panels: readonly Panel[];
}

const TAG = 'trace';

/** A dashboard with what all of them have: their places, a menu of the others, one time for all. */
export function board(spec: BoardSpec): dashboard.Dashboard {
  const others = new dashboard.DashboardLinkBuilder('Dashboards')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .keepTime(true);
  const builder = new dashboard.DashboardBuilder(spec.title)
    .uid(uids[spec.name])
    .description(spec.description)
    .tags([TAG])
    .time({ from: 'now-30m', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .variables([...(spec.variables ?? [])])
    .annotations([...(spec.annotations ?? [])])
    .link(others);
  spec.panels.forEach((panel, index) => {
    builder.withPanel(panel.id(index + 1));
  });
  return builder.build();
}
