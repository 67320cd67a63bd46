/**
 * Finds a file's SHA-256 in a release's checksum file: lines of `<hash>  <name>` (sha256sum, `*` for binary
 * mode), or a file that holds one hash and nothing else. Undefined if the file is not listed.
 */
export function findChecksum(text: string, fileName: string): string | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && /^[0-9a-f]{64}$/i.test(only)) return only.toLowerCase();
  for (const line of lines) {
    const match = /^([0-9a-f]{64})\s+\*?(?:\.\/)?(.+)$/i.exec(line);
    if (match?.[2] === fileName) return match[1]?.toLowerCase();
  }
  return undefined;
}
