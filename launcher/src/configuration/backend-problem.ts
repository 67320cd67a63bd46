import type { ConfigurationFile } from './configuration-file.ts';
import { problemLine } from './problem-line.ts';
import { YamlPlaces } from './yaml-places.ts';

/**
 * What is wrong with the configuration of Tempo, Loki or Prometheus, in one line. They name the file, and a line
 * or the value; the path is read from the file itself. Undefined if the output speaks of something else.
 */
export function backendProblem(output: string, [file]: readonly ConfigurationFile[]): string | undefined {
  const text = output.replaceAll('\\n', '\n').replaceAll('\\"', '"');
  const [, said] =
    /(?:failed parsing config|parsing YAML file|failed to load config)\b[^:]*: ?([^]*)/.exec(text) ?? [];
  if (said === undefined || file === undefined) return undefined;
  const places = new YamlPlaces(file.text);
  if (places.syntaxError !== undefined) {
    return `${file.name}:${places.syntaxError.line}: expected valid YAML: ${places.syntaxError.message}`;
  }
  const [, line, complaint] = /line (\d+): (.+)/.exec(said) ?? [];
  if (line !== undefined && complaint !== undefined) {
    return problemLine(file.name, places, places.pathAtLine(Number(line)), expectation(complaint));
  }
  const [, reason = '', value = ''] = /([^:\n]*): "?([^"\n]+)"?"?$/m.exec(said.trim()) ?? [];
  if (reason === '') return undefined;
  return problemLine(
    file.name,
    places,
    places.pathOfValue(value),
    `expected another value: ${reason.trim()}`,
  );
}

/** Go's YAML decoder in plain words. */
function expectation(complaint: string): string {
  const [, type] = /cannot unmarshal .* into (\S+)/.exec(complaint) ?? [];
  if (type !== undefined) return `expected a value of type ${type.replace(/"$/, '')}`;
  const [, field] = /field (\S+) not found/.exec(complaint) ?? [];
  return field === undefined ? complaint : 'expected a key that this program knows';
}
