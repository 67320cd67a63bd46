import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type KubernetesObject, objectsOf, render } from '../../support/helm.ts';
import { root } from '../../support/paths.ts';

interface KindConfig {
  readonly nodes: readonly {
    readonly extraPortMappings: readonly {
      readonly listenAddress: string;
      readonly hostPort: number;
      readonly containerPort: number;
    }[];
  }[];
}

interface Service extends KubernetesObject {
  readonly spec: {
    readonly type?: string;
    readonly ports: readonly { readonly port: number; readonly nodePort?: number }[];
  };
}

test("each of kind's ports is a node port of the chart, under the number of the local run, and none is left over", () => {
  const config = parse(readFileSync(join(root, 'k8s/kind/kind-config.yaml'), 'utf8')) as KindConfig;
  const mappings = config.nodes.flatMap(({ extraPortMappings }) => extraPortMappings);
  const services = objectsOf(render('--values', join(root, 'k8s/kind/values.yaml'))).filter(
    (object): object is Service => object.kind === 'Service',
  );
  const nodePorts = services
    .filter(({ spec }) => spec.type === 'NodePort')
    .flatMap(({ metadata, spec }) =>
      spec.ports
        .filter(({ nodePort }) => nodePort !== undefined)
        .map(({ port, nodePort }) => `${metadata.name}:${port} ← ${nodePort}`),
    );
  expect(nodePorts.sort()).toEqual(
    mappings
      .map(({ hostPort, containerPort }) => {
        const service = services.find(({ spec }) =>
          spec.ports.some(({ nodePort }) => nodePort === containerPort),
        );
        return `${service?.metadata.name ?? 'nothing'}:${hostPort} ← ${containerPort}`;
      })
      .sort(),
  );
  expect(mappings.map(({ hostPort }) => hostPort).sort((one, other) => one - other)).toEqual([
    3000, 3100, 3200, 4317, 4318, 8080, 8090, 9090,
  ]);
  // A development cluster is nobody else's.
  expect(new Set(mappings.map(({ listenAddress }) => listenAddress))).toEqual(new Set(['127.0.0.1']));
});
