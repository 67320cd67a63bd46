import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import * as nodegraph from '@grafana/grafana-foundation-sdk/nodegraph';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

import { isOfSeries, linkBuilder, type Link } from './link.ts';
import type { Query } from './query.ts';

/** What every panel has. */
export interface PanelSpec {
  readonly title: string;
  /** What it shows, and what a bad value means. */
  readonly description: string;
  /** One of @grafana/grafana-foundation-sdk/units. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Where to go from here. */
  readonly onwards: readonly [Link, ...Link[]];
  /** Of the 24 columns. */
  readonly width: number;
  readonly height?: number;
}

/** What the SDK's builders have in common. */
interface PanelBuilder extends cog.Builder<dashboard.Panel> {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(source: common.DataSourceRef): this;
  targets(targets: cog.Builder<cog.Dataquery>[]): this;
  links(links: cog.Builder<dashboard.DashboardLink>[]): this;
  dataLinks(links: cog.Builder<dashboard.DashboardLink>[]): this;
  span(width: number): this;
  height(height: number): this;
}

/** A panel that waits for its place and number on a dashboard. */
export type Panel = Pick<PanelBuilder, 'id' | 'build'>;

const letters = 'ABCDEFGH';

function dress<B extends PanelBuilder>(builder: B, spec: PanelSpec): B {
  const [first] = spec.queries;
  if (first === undefined) throw new Error(`${spec.title}: a panel without a query`);
  return builder
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(first.source)
    .targets(spec.queries.map(({ build }, index) => build(letters.charAt(index))))
    .links(spec.onwards.filter((link) => !isOfSeries(link)).map(linkBuilder))
    .dataLinks(spec.onwards.filter(isOfSeries).map(linkBuilder))
    .span(spec.width)
    .height(spec.height ?? 8);
}

/** Lines over time. */
export function graph(spec: PanelSpec & { readonly max?: number; readonly bars?: boolean }): Panel {
  const legend = new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .calcs([]);
  const tooltip = new common.VizTooltipOptionsBuilder()
    .mode(common.TooltipDisplayMode.Multi)
    .sort(common.SortOrder.Descending);
  const builder = dress(new timeseries.PanelBuilder(), spec)
    .legend(legend)
    .tooltip(tooltip)
    .min(0)
    .fillOpacity(spec.bars === true ? 60 : 8)
    .showPoints(common.VisibilityMode.Never);
  if (spec.bars === true) builder.drawStyle(common.GraphDrawStyle.Bars);
  return spec.max === undefined ? builder : builder.max(spec.max);
}

/** One number, or a few beside each other. */
export function figure(spec: PanelSpec): Panel {
  const reduce = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
  return dress(new stat.PanelBuilder(), { height: 4, ...spec })
    .reduceOptions(reduce)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(common.BigValueTextMode.Auto);
}

/** One bar for each series, longest value first as the query sorts it. */
export function bars(spec: PanelSpec): Panel {
  const reduce = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
  return dress(new bargauge.PanelBuilder(), spec)
    .reduceOptions(reduce)
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .min(0);
}

/** Rows; the columns are labels, renamed and in this order, then the value. */
export function listing(
  spec: PanelSpec & { readonly columns: Readonly<Record<string, string>>; readonly value: string },
): Panel {
  const names = [...Object.keys(spec.columns), 'Value'];
  return cells(dress(new table.PanelBuilder(), spec)).withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
      renameByName: { ...spec.columns, Value: spec.value },
    },
  });
}

/** The schema wants it said. */
function cells(builder: table.PanelBuilder): table.PanelBuilder {
  return builder.cellOptions(common.defaultTableAutoCellOptions());
}

/** Traces, with what Tempo says of each; a row opens its trace. */
export function traceList(spec: PanelSpec): Panel {
  return cells(dress(new table.PanelBuilder(), spec));
}

/** How many requests took how long, over time. */
export function heat(spec: PanelSpec): Panel {
  return dress(new heatmap.PanelBuilder(), spec).yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit));
}

/** Log lines; each opens its trace by the data source's derived field. */
export function logLines(spec: PanelSpec): Panel {
  return dress(new logs.PanelBuilder(), spec)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending);
}

/** Services and the calls between them. */
export function map(spec: PanelSpec): Panel {
  return dress(new nodegraph.PanelBuilder(), spec);
}
