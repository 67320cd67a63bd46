import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadYamlConfig } from '@trace/runtime';
import { z } from 'zod';
import { kubernetesSchema } from './kubernetes-config';

describe('the section enrich.kubernetes', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kubernetes-config-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function problem(yaml: string): string {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, yaml);
    try {
      loadYamlConfig(file, kubernetesSchema);
    } catch (error) {
      return (error as Error).message.replaceAll(`${folder}/`, '');
    }
    return 'none';
  }

  it('is off, and complete, when nothing is written', () => {
    const config = kubernetesSchema.parse({});
    expect(config).toMatchObject({
      enabled: false,
      authType: 'serviceAccount',
      podDeleteGracePeriod: 120_000,
    });
    expect(config.podAssociation.map(({ sources }) => sources.length)).toEqual([1, 1, 2, 1]);
  });

  it.each([
    [
      'extract: {metadata: [k8s.pod.nam]}',
      /a\.yaml: extract\.metadata\[0\]: got "k8s\.pod\.nam", .*did you mean "k8s\.pod\.name"/,
    ],
    ['extract: {labels: [{}]}', /extract\.labels\[0\].*either key or keyRegex/],
    ['extract: {labels: [{key: a, keyRegex: b}]}', /extract\.labels\[0\].*either key or keyRegex/],
    [
      'extract: {labels: [{keyRegex: "("}]}',
      /extract\.labels\[0\]\.keyRegex: got "\(", expected a regular expression/,
    ],
    [
      'extract: {labels: [{keyRegex: "(.*)", tagName: "$$1"}]}',
      /extract\.labels\[0\]\.tagName: got "\$\$1", expected a reference such as "\$1"/,
    ],
    [
      'extract: {labels: [{keyRegex: ".*", tagName: a}]}',
      /extract\.labels\[0\]\.tagName: got "a", expected no tagName, or a group/,
    ],
    [
      'extract: {annotations: [{key: a, from: pods}]}',
      /extract\.annotations\[0\]\.from: got "pods", .*did you mean "pod"/,
    ],
    ['podAssociation: [{sources: []}]', /podAssociation\[0\]\.sources/],
    ['podAssociation: [{sources: [{from: conection}]}]', /podAssociation\[0\]\.sources\[0\]/],
    ['exclude: {pods: [{name: "["}]}', /exclude\.pods\[0\]\.name: got "\[", expected a regular expression/],
    ['filter: {labels: [{key: a, op: like}]}', /filter\.labels\[0\]\.op: got "like"/],
    ['passthrough: true', /expected one of the keys/],
  ])('%s is told of in one line', (yaml, line) => {
    const said = problem(yaml);
    expect(said.split('\n')).toHaveLength(1);
    expect(said).toMatch(line);
  });

  it('describes every setting, for the page that is made of it', () => {
    const missing: string[] = [];
    const look = (schema: z.core.JSONSchema.BaseSchema, path: string): void => {
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        if (typeof property === 'boolean') continue;
        if (property.description === undefined) missing.push(`${path}.${name}`);
        look(property, `${path}.${name}`);
      }
      const { items } = schema;
      if (typeof items === 'object' && !Array.isArray(items)) look(items, `${path}[]`);
      for (const one of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
        if (typeof one === 'object') look(one, path);
    };
    look(z.toJSONSchema(kubernetesSchema, { io: 'input' }), 'enrich.kubernetes');
    expect(missing).toEqual([]);
  });
});
