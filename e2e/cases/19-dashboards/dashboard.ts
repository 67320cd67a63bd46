import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/paths.ts';

/** What is read of the JSON that Grafana reads; dashboards/ holds it against the whole schema. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list?: readonly Annotation[] };
}

export interface Panel {
  readonly datasource: { readonly uid: string };
  readonly title: string;
  readonly targets: readonly Target[];
  readonly links?: readonly Link[];
  readonly fieldConfig: { readonly defaults: { readonly links?: readonly Link[] } };
  readonly transformations?: readonly {
    readonly options: { readonly renameByName: Readonly<Record<string, string>> };
  }[];
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Target {
  readonly datasource?: { readonly uid: string };
  readonly expr?: string;
  readonly query?: string;
  readonly queryType?: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
  readonly legendFormat?: string;
  /** How far apart the points of an annotation are. */
  readonly interval?: string;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly query: string | { readonly query?: string; readonly label?: string };
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

export interface Annotation {
  readonly name: string;
  readonly datasource: { readonly uid: string };
  readonly titleFormat: string;
  readonly target: Target;
}

const folder = join(root, 'backends/grafana/dashboards');

export const dashboards: readonly Dashboard[] = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dashboard,
);

export const linksOf = ({ links = [], fieldConfig }: Panel): Link[] => [
  ...links,
  ...(fieldConfig.defaults.links ?? []),
];
