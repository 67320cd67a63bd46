import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheusSdk from '@grafana/grafana-foundation-sdk/prometheus';

import { firedAlerts, newVersions } from '../promql.ts';
import { prometheus } from './data-source.ts';

/** As far apart as the moments that the expressions compare, so that each event is seen once. */
const STEP = '60s';

function marks(
  name: string,
  color: string,
  expr: string,
  title: string,
): cog.Builder<dashboard.AnnotationQuery> {
  return new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(prometheus)
    .enable(true)
    .iconColor(color)
    .titleFormat(title)
    .target(new prometheusSdk.DataqueryBuilder().expr(expr).interval(STEP).range().refId('Anno'));
}

/** A vertical line for each alert that fired, and for each version that came. */
export const whatHappened = [
  marks('Alerts', 'red', firedAlerts, '{{alertname}} fired'),
  marks('Versions', 'blue', newVersions, '{{service_name}} {{service_version}} came'),
];
