import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Exemplar } from '../../support/backends.ts';
import { root } from '../../support/paths.ts';

interface Provisioned {
  readonly name: string;
  readonly uid: string;
  readonly url: string;
  readonly jsonData: {
    readonly exemplarTraceIdDestinations?: readonly {
      readonly name: string;
      readonly datasourceUid: string;
    }[];
    readonly serviceMap?: { readonly datasourceUid: string };
    readonly tracesToLogsV2?: { readonly datasourceUid: string; readonly query: string };
    readonly tracesToMetrics?: {
      readonly datasourceUid: string;
      readonly tags: readonly { readonly key: string; readonly value: string }[];
      readonly queries: readonly { readonly name: string; readonly query: string }[];
    };
    readonly derivedFields?: readonly {
      readonly matcherType: string;
      readonly matcherRegex: string;
      readonly datasourceUid: string;
      readonly url: string;
    }[];
  };
}

const file = join(root, 'backends/grafana/provisioning/datasources/trace.yaml');

/** The data sources as Grafana has them; in the file a `$` is doubled, or it would be of the environment. */
const { datasources } = parse(readFileSync(file, 'utf8').replaceAll('$$', '$')) as {
  datasources: readonly Provisioned[];
};

export function dataSource(uid: string): Provisioned {
  const found = datasources.find((source) => source.uid === uid);
  if (found === undefined) throw new Error(`there is no data source ${uid}`);
  return found;
}

/** The trace that a click on an exemplar opens. */
export function traceOfExemplar({ labels }: Exemplar): string | undefined {
  const destinations = dataSource('prometheus').jsonData.exemplarTraceIdDestinations ?? [];
  return destinations
    .filter(({ datasourceUid }) => datasourceUid === 'tempo')
    .map(({ name }) => labels[name])
    .find((id) => id !== undefined);
}
