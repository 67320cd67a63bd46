import { isMap, isNode, isScalar, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';

/** A JSON schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** One key of values.yaml, with what its comment says. */
export interface Setting {
  readonly path: readonly string[];
  readonly key: string;
  /** The comment's last paragraph, on one line; empty when there is none. */
  readonly description: string;
  /** What `# @schema` in the comment says: the name of a kind, or keywords of JSON schema as YAML. */
  readonly annotation: string | Schema | undefined;
  /** The default. */
  readonly value: unknown;
  /** Of a map that is not empty. An empty one is free: it holds what the user puts there. */
  readonly children: readonly Setting[];
}

/** The settings of a commented values.yaml, in its order. */
export function settingsOf(text: string): Setting[] {
  const document = parseDocument(text);
  if (document.errors[0] !== undefined) throw document.errors[0];
  return isMap(document.contents) ? childrenOf(document.contents, []) : [];
}

function childrenOf(map: YAMLMap, path: readonly string[]): Setting[] {
  return map.items.map((pair, index) => {
    const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const { value } = pair;
    // What stands above the first key of a map is the map's own, for the parser.
    const comment = commentOf(pair, index === 0 && path.length > 0 ? map : undefined);
    return {
      path: [...path, key],
      key,
      ...comment,
      value: isNode(value) ? (value.toJSON() as unknown) : null,
      children: isMap(value) ? childrenOf(value, [...path, key]) : [],
    };
  });
}

function commentOf(pair: Pair, map: YAMLMap | undefined): Pick<Setting, 'description' | 'annotation'> {
  const above = isScalar(pair.key) ? (pair.key.commentBefore ?? map?.commentBefore) : undefined;
  const beside = isScalar(pair.value) ? pair.value.comment : undefined;
  const lines = (above ?? beside ?? '').split('\n').map((line) => line.trim());
  // After a blank line another subject begins.
  const paragraph = lines.slice(lines.lastIndexOf('') + 1).join(' ');
  const [description = '', annotation] = paragraph.split('@schema');
  return {
    description: description.trim(),
    annotation: annotation === undefined ? undefined : (parse(annotation) as string | Schema),
  };
}
