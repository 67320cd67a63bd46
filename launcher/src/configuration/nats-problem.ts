import type { ConfigurationFile } from './configuration-file.ts';

/**
 * What is wrong with the configuration of NATS, in one line. NATS names file, line and column, or only what the
 * settings together forbid; the path and the value are read from the file itself. Undefined if the output speaks
 * of something else: what NATS says before it has read its options, and only that, begins with its name.
 */
export function natsProblem(output: string, [file]: readonly ConfigurationFile[]): string | undefined {
  const [, said] = /^nats-server: (.+)$/m.exec(output) ?? [];
  if (said === undefined || file === undefined) return undefined;
  const [, brokenLine, complaint = ''] = /^Parse error on line (\d+): '?(.+?)'?$/.exec(said) ?? [];
  if (brokenLine !== undefined) return `${file.name}:${brokenLine}: expected another syntax: ${complaint}`;
  const [, line, reason] = /:(\d+):\d+: (.+)$/.exec(said) ?? [];
  if (line === undefined || reason === undefined) return `${file.name}: expected other values: ${said}`;
  const { path, value } = settingAt(file.text, Number(line));
  const got = value === '' ? '' : `got ${JSON.stringify(value)}, `;
  return `${file.name}:${line}: ${path.join('.')}: ${got}${expectation(reason)}`;
}

/** The setting on a line (1 is the first) of a file with one setting, or one brace, a line. */
function settingAt(text: string, line: number): { path: string[]; value: string } {
  const blocks: string[] = [];
  const lines = text.split('\n').slice(0, line);
  const setting = lines.pop() ?? '';
  for (const before of lines) {
    const [, block] = /^\s*(\w+)\s*[:=]?\s*\{\s*$/.exec(before) ?? [];
    if (block !== undefined) blocks.push(block);
    else if (/^\s*\}/.test(before)) blocks.pop();
  }
  const [, key = '', value = ''] = /^\s*(\w+)\s*[:=]?\s*"?([^"{]*)"?/.exec(setting) ?? [];
  return { path: [...blocks, key], value: value.trim() };
}

/** Go's complaints in plain words. */
function expectation(reason: string): string {
  if (reason.startsWith('unknown field')) return 'expected a key that this program knows';
  const [, type] = /interface conversion: .*, not (\S+)/.exec(reason) ?? [];
  return type === undefined ? `expected another value: ${reason}` : `expected a value of type ${type}`;
}
