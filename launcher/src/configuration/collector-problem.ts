import { closest, distance } from 'fastest-levenshtein';

import type { ConfigurationFile } from './configuration-file.ts';
import { problemLine } from './problem-line.ts';
import { YamlPlaces } from './yaml-places.ts';

interface Complaint {
  readonly path: readonly string[];
  readonly reason: string;
}

/**
 * What is wrong with the Collector's configuration, in one line with the layer that it stands in: the Collector
 * itself sees the layers merged, and names a path over several lines. Undefined if its output speaks of
 * something else.
 */
export function collectorProblem(output: string, layers: readonly ConfigurationFile[]): string | undefined {
  const start = output.lastIndexOf('Error: ');
  if (start < 0) return undefined;
  const files = layers.map(({ name, text }) => ({ name, places: new YamlPlaces(text) }));
  for (const { name, places } of files) {
    if (places.syntaxError !== undefined) {
      return `${name}:${places.syntaxError.line}: expected valid YAML: ${places.syntaxError.message}`;
    }
  }
  const lines = output
    .slice(start + 'Error: '.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('{'));
  const complaint = unknownType(lines) ?? decodingFailure(lines) ?? validationFailure(lines);
  if (complaint === undefined) return undefined;
  // Later layers win, so of those that say as much the last is the one that counts.
  const depth = (places: YamlPlaces): number => places.locate(complaint.path)?.depth ?? 0;
  const deepest = Math.max(...files.map(({ places }) => depth(places)));
  const guilty = files.findLast(({ places }) => depth(places) === deepest);
  if (guilty === undefined || deepest === 0)
    return `otel-collector: ${complaint.path.join('.')}: ${complaint.reason}`;
  return problemLine(guilty.name, guilty.places, complaint.path, complaint.reason);
}

/** `'exporters' unknown type: "otlp_grcp" for id: "otlp_grcp/tempo" (valid values: [otlp_grpc …])` */
function unknownType(lines: readonly string[]): Complaint | undefined {
  for (const line of lines) {
    const [, section, type, id, valid] =
      /'(\w+)' unknown type: "([^"]+)" for id: "([^"]+)" \(valid values: \[([^\]]*)\]/.exec(line) ?? [];
    if (section === undefined || type === undefined || id === undefined || valid === undefined) continue;
    const names = valid.split(' ').sort();
    const near = closest(type, names);
    const hint = distance(type, near) <= type.length / 2 ? ` (did you mean ${JSON.stringify(near)}?)` : '';
    return { path: [section, id], reason: `expected one of the types ${names.join(', ')}${hint}` };
  }
  return undefined;
}

/** `'exporters' error reading configuration for "x/y": …` and, line by line, the way down to the key. */
function decodingFailure(lines: readonly string[]): Complaint | undefined {
  const path: string[] = [];
  let reason: string | undefined;
  for (const line of lines) {
    let rest = line;
    const [whole, section, id] = /'(\w+)' error reading configuration for "([^"]+)":\s*/.exec(rest) ?? [];
    if (whole !== undefined && section !== undefined && id !== undefined) {
      path.push(section, id);
      rest = rest.slice(rest.indexOf(whole) + whole.length);
    }
    const [, key, said] = /^'([^']*)' (.+)$/.exec(rest) ?? [];
    if (key === undefined || said === undefined) continue;
    const [, unknown] = /has invalid keys: ([^,\s]+)/.exec(said) ?? [];
    const [, scraper] = /invalid scraper key: (\S+)/.exec(said) ?? [];
    // Where keys are unknown, the Collector names its own Go type and not the place.
    if (unknown === undefined && key !== '') path.push(...key.split('.'));
    if (unknown !== undefined) path.push(unknown);
    if (scraper !== undefined) path.push('scrapers', scraper);
    if (!said.startsWith('decoding failed')) {
      reason =
        (unknown ?? scraper) ? 'expected a key that this component has' : `expected another value: ${said}`;
    }
  }
  return reason === undefined ? undefined : { path, reason };
}

/** `exporters::otlp_http/loki::sending_queue: queue_size must be positive` */
function validationFailure(lines: readonly string[]): Complaint | undefined {
  for (const line of lines) {
    const [, steps, said] = /^(?:invalid configuration: )?(\w+(?:::[^:\s]+)+): (.+)$/.exec(line) ?? [];
    if (steps === undefined || said === undefined) continue;
    const [, key] = /^(?:batch: )?`(\w+)`/.exec(said) ?? [];
    const path = steps.split('::');
    if (said.startsWith('batch: ')) path.push('batch');
    if (key !== undefined) path.push(key);
    return { path, reason: `expected another value: ${said}` };
  }
  return undefined;
}
