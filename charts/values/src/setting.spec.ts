import { schemaOf } from './schema.ts';
import { settingsOf } from './setting.ts';
import { tablesOf } from './table.ts';

const one = (text: string): ReturnType<typeof settingsOf>[number] => settingsOf(text)[0]!;

describe('settings of a commented file', () => {
  it('take the comment above them', () => {
    expect(one('# How many.\nreplicas: 1\n')).toMatchObject({ description: 'How many.', value: 1 });
  });

  it('take the comment beside them', () => {
    expect(one('replicas: 1 # How many.\n')).toMatchObject({ description: 'How many.' });
  });

  it('take the comment above the first key of a map', () => {
    expect(one('tempo:\n  # Whether.\n  enabled: true\n').children).toMatchObject([
      { path: ['tempo', 'enabled'], description: 'Whether.' },
    ]);
  });

  it('join lines, and leave out what stands before a blank one', () => {
    const settings = settingsOf(
      'a: 1\n\n# -----\n\n# A shop,\n# with load.\nshop: { enabled: true }\n\n# ---\n\nb: 2\n',
    );
    expect(settings.map(({ description }) => description)).toEqual(['', 'A shop, with load.', '']);
  });

  it('take keywords and kinds from @schema', () => {
    expect(one('# How many.\n# @schema { minimum: 1 }\nreplicas: 1\n')).toMatchObject({
      description: 'How many.',
      annotation: { minimum: 1 },
    });
    expect(one('# @schema duration\nafter: 1h\n')).toMatchObject({ description: '', annotation: 'duration' });
  });
});

describe('the schema', () => {
  const propertiesOf = (text: string): unknown => schemaOf(settingsOf(text)).properties;

  it('has the types of the defaults', () => {
    expect(propertiesOf("a: ''\nb: 1\nc: 0.5\nd: true\ne: {}\nf: []\ng: [{ a: 1 }]\nh: null\n")).toEqual({
      a: { type: 'string' },
      b: { type: 'integer' },
      c: { type: 'number' },
      d: { type: 'boolean' },
      e: { type: 'object' },
      f: { type: 'array' },
      g: { type: 'array', items: { type: 'object' } },
      h: {},
    });
  });

  it('closes a map that has entries, and no other', () => {
    expect(propertiesOf('a: { b: 1 }\nc: {}\n')).toMatchObject({
      a: { additionalProperties: { deprecationMessage: 'not a setting of this chart' } },
      c: expect.not.objectContaining({ additionalProperties: expect.anything() as unknown }) as unknown,
    });
  });

  it('knows what Kubernetes knows by its name, unless the default is of another type', () => {
    expect(propertiesOf('nodeSelector: {}\n')).toMatchObject({
      nodeSelector: { additionalProperties: { type: 'string' } },
    });
    expect(propertiesOf('size: { width: 1 }\n')).toMatchObject({ size: { properties: { width: {} } } });
  });

  it('says what stands in several places once', () => {
    const image = "image: { registry: docker.io, repository: a, tag: '', digest: '', pullPolicy: Always }";
    const { properties, definitions } = schemaOf(settingsOf(`one: { ${image} }\ntwo: { ${image} }\n`));
    expect(properties).toMatchObject({ two: { properties: { image: { $ref: '#/definitions/image' } } } });
    expect(definitions).toHaveProperty('image');
  });

  it('takes keywords over what it would say itself, and refuses an unknown kind', () => {
    expect(propertiesOf('# @schema { minimum: 1 }\na: 2\n')).toEqual({ a: { type: 'integer', minimum: 1 } });
    expect(() => propertiesOf('# @schema durations\na: 1h\n')).toThrow(
      /^a: @schema durations: expected one of duration, size/,
    );
  });
});

describe('the tables', () => {
  const component = (name: string, replicas: number): string =>
    `# The ${name}.\n${name}:\n  image: { tag: '${name}' }\n  replicas: ${replicas}\n  tolerations: []\n`;
  const text = tablesOf(settingsOf(`zone: a # Where.\n${component('one', 1)}${component('two', 2)}`));

  it('have the chart’s own, what is common, and the rest by component', () => {
    expect(text).toContain('### The chart\n\n| key |');
    expect(text).toContain('| `zone` | string | `"a"` | Where. |');
    expect(text).toContain('| `*.tolerations` | array | `[]` | Taints of nodes that are no hindrance. |');
    expect(text).toContain('| `two.replicas` | integer | `2` |  |');
    expect(text).not.toContain('two.tolerations');
    expect(text).toContain('### one\n');
  });
});
