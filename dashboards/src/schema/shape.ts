import type * as prometheusSdk from '@grafana/grafana-foundation-sdk/prometheus';
import type {
  AnnotationQuery,
  Dashboard,
  DataSourceRef,
  FieldConfig,
  FieldConfigSource,
  Panel,
} from '@grafana/schema';
import type * as bargauge from '@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen.d.ts';
import type * as heatmap from '@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen.d.ts';
import type * as logs from '@grafana/schema/dist/types/raw/composable/logs/panelcfg/x/LogsPanelCfg_types.gen.d.ts';
import type * as loki from '@grafana/schema/dist/types/raw/composable/loki/dataquery/x/LokiDataQuery_types.gen.d.ts';
import type * as nodegraph from '@grafana/schema/dist/types/raw/composable/nodegraph/panelcfg/x/NodeGraphPanelCfg_types.gen.d.ts';
import type * as stat from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen.d.ts';
import type * as table from '@grafana/schema/dist/types/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen.d.ts';
import type * as tempo from '@grafana/schema/dist/types/raw/composable/tempo/dataquery/x/TempoDataQuery_types.gen.d.ts';
import type * as timeseries from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.d.ts';

/**
 * Grafana's own schema (@grafana/schema, of the release that the platform runs), as what JSON has to be: enums are
 * their values, and what that schema leaves open (options of a panel, its queries) is that of the plugin.
 */
export type DashboardJson = Json<
  Omit<Dashboard, 'panels' | 'annotations'> & {
    panels: PanelJson[];
    annotations?: { list?: Mark[] };
  }
>;

/** A TypeScript enum does not take its own values as literals. */
type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

type PanelJson =
  | Typed<'timeseries', timeseries.Options, timeseries.FieldConfig, PrometheusQuery | LokiQuery>
  | Typed<'stat', stat.Options, object, PrometheusQuery | LokiQuery>
  | Typed<'bargauge', bargauge.Options, object, PrometheusQuery | LokiQuery>
  | Typed<'heatmap', heatmap.Options, heatmap.FieldConfig, PrometheusQuery>
  | Typed<'table', table.Options, table.FieldConfig, PrometheusQuery | TempoQuery>
  | Typed<'logs', logs.Options, object, LokiQuery>
  | Typed<'nodeGraph', nodegraph.Options, object, TempoQuery>;

interface Typed<Type, Options, Custom, Target> extends Omit<
  Panel,
  'type' | 'options' | 'fieldConfig' | 'targets' | 'transformations'
> {
  type: Type;
  options?: Options;
  fieldConfig?: Omit<FieldConfigSource, 'defaults'> & {
    defaults: Omit<FieldConfig, 'custom' | 'links'> & {
      custom?: Custom;
      links?: NonNullable<Panel['links']>;
    };
  };
  targets: Target[];
  transformations?: Organize[];
}

interface Organize {
  id: 'organize';
  options: {
    excludeByName: Record<string, boolean>;
    indexByName: Record<string, number>;
    renameByName: Record<string, string>;
  };
}

interface OfSource {
  datasource?: DataSourceRef;
}
/** Prometheus's is not in that package; this is made from the same definitions. */
type PrometheusQuery = Omit<prometheusSdk.Dataquery, '_implementsDataqueryVariant' | 'datasource'> & OfSource;
type LokiQuery = Omit<loki.LokiDataQuery, 'queryType' | 'datasource'> & {
  queryType: `${loki.LokiQueryType}`;
} & OfSource;
type TempoQuery = Omit<tempo.TempoQuery, 'queryType' | 'datasource'> & {
  queryType: tempo.TempoQueryType;
} & OfSource;

/** The title is the Prometheus data source's own. */
type Mark = Omit<AnnotationQuery, 'target'> & { target: PrometheusQuery; titleFormat: string };
