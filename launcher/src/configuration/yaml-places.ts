import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';

/** A YAML file, asked where things stand in it. */
export class YamlPlaces {
  /** What the parser says is wrong with the file itself, with its line. */
  readonly syntaxError: { readonly line: number; readonly message: string } | undefined;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error !== undefined) {
      this.syntaxError = { line: this.#lines.linePos(error.pos[0]).line, message: error.message };
    }
  }

  /** How many steps of the path exist, and the line of the last of them; undefined if not even the first does. */
  locate(path: readonly string[]): { readonly depth: number; readonly line: number } | undefined {
    let here: unknown = this.#document.contents;
    let found: { depth: number; line: number } | undefined;
    for (const [index, step] of path.entries()) {
      const item = isMap(here)
        ? here.items.find(({ key }) => isScalar(key) && key.value === step)
        : undefined;
      if (item === undefined) break;
      found = { depth: index + 1, line: this.#lineOf(item.key as Node) };
      here = item.value;
    }
    return found;
  }

  /** The scalar at the path, if there is one. */
  valueAt(path: readonly string[]): unknown {
    const value = this.#document.getIn(path);
    return isMap(value) || isSeq(value) ? undefined : value;
  }

  /** The path of the key or value that stands on the line; empty if there is none. */
  pathAtLine(line: number): string[] {
    return this.#firstPath((node) => this.#lineOf(node) === line);
  }

  /** The path of the first scalar with this value. */
  pathOfValue(value: string): string[] {
    return this.#firstPath((node) => isScalar(node) && String(node.value) === value);
  }

  #firstPath(fits: (node: Node) => boolean): string[] {
    let path: string[] = [];
    visit(this.#document, {
      Pair: (_key, pair, ancestors) => {
        const nodes = [pair.key, pair.value].filter(isScalar);
        if (!nodes.some(fits)) return undefined;
        const keys = [...ancestors, pair].flatMap((node) =>
          typeof node === 'object' && 'key' in node && isScalar(node.key) ? [String(node.key.value)] : [],
        );
        path = keys;
        return visit.BREAK;
      },
    });
    return path;
  }

  #lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }
}
