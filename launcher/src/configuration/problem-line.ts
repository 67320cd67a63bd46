import type { YamlPlaces } from './yaml-places.ts';

/** `file:line: path: got value, reason`, with what is known of it. */
export function problemLine(
  file: string,
  places: YamlPlaces,
  path: readonly string[],
  reason: string,
): string {
  const place = places.locate(path);
  const value = place?.depth === path.length ? places.valueAt(path) : undefined;
  const where = place === undefined ? file : `${file}:${place.line}`;
  const got = value === undefined || value === null ? '' : `got ${JSON.stringify(value)}, `;
  return [where, path.join('.'), got + reason].filter((part) => part !== '').join(': ');
}
