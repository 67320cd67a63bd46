import { join } from 'node:path';

import ts from 'typescript';

const SHAPE = join(import.meta.dirname, 'shape.ts');
const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  allowImportingTsExtensions: true,
  types: [],
};

/**
 * Holds dashboards against Grafana's schema, which is published as TypeScript: the compiler says what is missing, of the
 * wrong type, or unknown. By the names of their files; none is left out.
 */
export function schemaProblems(dashboards: ReadonlyMap<string, string>): Map<string, string[]> {
  // JSON is an expression of TypeScript; a fresh literal may have no property that its type does not name.
  const sources = new Map(
    [...dashboards].map(([name, json]) => [
      `${SHAPE}.${name}.ts`,
      `import type { DashboardJson } from './shape.ts';\nexport const dashboard: DashboardJson = ${json};\n`,
    ]),
  );
  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  host.fileExists = (file) => sources.has(file) || disk.fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const source = sources.get(file);
    return source === undefined
      ? disk.getSourceFile(file, ...rest)
      : ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const broken = program.getOptionsDiagnostics();
  const shape = program.getSourceFile(SHAPE);
  if (shape === undefined) throw new Error(`${SHAPE} is not there`);
  const ofShape = [...broken, ...program.getSemanticDiagnostics(shape)];
  if (ofShape.length > 0) throw new Error(ofShape.map(message).join('\n'));
  return new Map(
    [...dashboards.keys()].map((name) => {
      const file = program.getSourceFile(`${SHAPE}.${name}.ts`);
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, found.map(message)];
    }),
  );
}

/** Where in the JSON, and what. */
function message({ file, start, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n');
  if (file === undefined || start === undefined) return text;
  // The first line is the import's.
  const { line } = file.getLineAndCharacterOfPosition(start);
  return `line ${line}: ${text}`;
}
