import { stripVTControlCharacters } from 'node:util';

const maxCharacters = 300;
const looksLikeError = /\b(error|fatal|panic|fail(ed|ure)?|cannot|invalid|denied|refused|exception)\b/i;
const stackFrame = /^(\s+at\s|\s*goroutine \d+ \[|\t|created by )/;

/**
 * Of a program's last lines the one that explains its end: the last that speaks of an error, else the last at
 * all. Structured lines (JSON of pino and zap, logfmt) are reduced to their message; stack frames never count.
 */
export function meaningfulLine(lines: readonly string[]): string | undefined {
  const candidates = lines
    .filter((line) => line.trim() !== '' && !stackFrame.test(line))
    .map((line) => readable(stripVTControlCharacters(line).trim()));
  const best =
    candidates.findLast((line) => looksLikeError.test(line.level + line.text)) ?? candidates.at(-1);
  if (best === undefined) return undefined;
  return best.text.length > maxCharacters ? `${best.text.slice(0, maxCharacters - 1)}…` : best.text;
}

interface ReadableLine {
  readonly level: string;
  readonly text: string;
}

function readable(line: string): ReadableLine {
  return fromJson(line) ?? fromLogfmt(line) ?? { level: '', text: line };
}

function fromJson(line: string): ReadableLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    const message = firstString(record, ['msg', 'message']);
    const cause = firstString(record, ['error', 'reason']) ?? errorMessage(record.err);
    if (message === undefined && cause === undefined) return undefined;
    return {
      level: `${firstString(record, ['level']) ?? ''} `,
      text: [message, cause]
        .filter((part) => part !== undefined)
        .map(withoutStack)
        .join(': '),
    };
  } catch {
    return undefined;
  }
}

function fromLogfmt(line: string): ReadableLine | undefined {
  const level = /\blevel=(\w+)/.exec(line)?.[1];
  if (level === undefined) return undefined;
  const parts = ['msg', 'err', 'error']
    .map((key) => logfmtValue(line, key))
    .filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : { level: `${level} `, text: parts.join(': ') };
}

function logfmtValue(line: string, key: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S+))`).exec(line);
  const quoted = match?.[1]?.replaceAll('\\"', '"').replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  return quoted === undefined ? match?.[2] : withoutStack(quoted);
}

/** Go's wrapped errors carry their stack in the text: a line with a function, then a tab and a file, and so on. */
function withoutStack(text: string): string {
  const lines = text.split('\n');
  const firstFrame = lines.findIndex((line) => line.startsWith('\t'));
  return (firstFrame < 0 ? lines : lines.slice(0, Math.max(1, firstFrame - 1))).join(': ');
}

function firstString(record: Record<string, unknown>, keys: readonly string[]): string | undefined {
  return keys.map((key) => record[key]).find((value) => typeof value === 'string');
}

function errorMessage(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  return typeof value.message === 'string' ? value.message : undefined;
}
