import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as common from '@grafana/grafana-foundation-sdk/common';
import * as lokiSdk from '@grafana/grafana-foundation-sdk/loki';
import * as prometheusSdk from '@grafana/grafana-foundation-sdk/prometheus';
import * as tempoSdk from '@grafana/grafana-foundation-sdk/tempo';

import { loki, prometheus, tempo } from './data-source.ts';

/** One query of a panel; the panel gives it its letter. */
export interface Query {
  readonly source: common.DataSourceRef;
  readonly build: (refId: string) => cog.Builder<cog.Dataquery>;
}

/** A graph over time. `legend` names labels in double braces. */
export function series(expr: string, legend: string): Query {
  return {
    source: prometheus,
    build: (refId) =>
      new prometheusSdk.DataqueryBuilder().expr(expr).legendFormat(legend).range().refId(refId),
  };
}

/** The same, with a dot for each request that was kept as an example; a click opens its trace. */
export function seriesWithExemplars(expr: string, legend: string): Query {
  return {
    source: prometheus,
    build: (refId) =>
      new prometheusSdk.DataqueryBuilder()
        .expr(expr)
        .legendFormat(legend)
        .range()
        .exemplar(true)
        .refId(refId),
  };
}

/** One value for each series, of now or of the whole range ($__range). */
export function instant(expr: string, legend: string): Query {
  return {
    source: prometheus,
    build: (refId) =>
      new prometheusSdk.DataqueryBuilder().expr(expr).legendFormat(legend).instant().refId(refId),
  };
}

/** Rows of a table: the labels are its columns. */
export function rows(expr: string): Query {
  return {
    source: prometheus,
    build: (refId) =>
      new prometheusSdk.DataqueryBuilder()
        .expr(expr)
        .format(prometheusSdk.PromQueryFormat.Table)
        .instant()
        .refId(refId),
  };
}

/** Buckets of a histogram, for a heat map or bars: `le` is their name. */
export function buckets(expr: string): Query {
  return {
    source: prometheus,
    build: (refId) =>
      new prometheusSdk.DataqueryBuilder()
        .expr(expr)
        .format(prometheusSdk.PromQueryFormat.Heatmap)
        .legendFormat('{{le}}')
        .range()
        .refId(refId),
  };
}

/** Log lines. */
export function lines(expr: string, maxLines = 200): Query {
  return {
    source: loki,
    build: (refId) =>
      new lokiSdk.DataqueryBuilder().expr(expr).queryType('range').maxLines(maxLines).refId(refId),
  };
}

/** What is counted of log lines, over time. */
export function lineCounts(expr: string, legend: string): Query {
  return {
    source: loki,
    build: (refId) =>
      new lokiSdk.DataqueryBuilder().expr(expr).legendFormat(legend).queryType('range').refId(refId),
  };
}

/** What is counted of log lines, one value for the whole range. */
export function lineTotal(expr: string, legend: string): Query {
  return {
    source: loki,
    build: (refId) =>
      new lokiSdk.DataqueryBuilder().expr(expr).legendFormat(legend).queryType('instant').refId(refId),
  };
}

/** Traces that match a TraceQL query, newest first. */
export function traces(query: string, limit = 20): Query {
  return {
    source: tempo,
    build: (refId) =>
      new tempoSdk.DataqueryBuilder()
        .queryType(tempoSdk.TempoQueryType.Traceql)
        .query(query)
        .limit(limit)
        .filters([])
        .tableType(tempoSdk.SearchTableType.Traces)
        .refId(refId),
  };
}

/** Who calls whom, which Grafana asks the data source's `serviceMap` for. */
export function serviceMap(selector = '{}'): Query {
  return {
    source: tempo,
    build: (refId) =>
      new tempoSdk.DataqueryBuilder()
        .queryType(tempoSdk.TempoQueryType.ServiceMap)
        .serviceMapQuery(selector)
        .filters([])
        .refId(refId),
  };
}
