import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { closest } from 'fastest-levenshtein';

import type { Clock } from '../clock.ts';
import { programs } from '../programs/index.ts';

export interface LogsOptions {
  readonly program: string | undefined;
  readonly follow: boolean;
  readonly lines: number;
}

const maxTailBytes = 4 * 1024 * 1024;
const followMillis = 250;

/** `npm run logs -- <program> [-f] [--lines N]`; returns the exit code. */
export async function logs(
  home: string,
  options: LogsOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const names = [...programs.map(({ name }) => name), 'build'];
  const { program, follow, lines } = options;
  if (program === undefined || !names.some((name) => name === program)) {
    const hint =
      program === undefined
        ? ''
        : ` There is no program "${program}"; did you mean "${closest(program, names)}"?`;
    console.error(`Usage: npm run logs -- <program> [-f] [--lines N].${hint} Programs: ${names.join(', ')}.`);
    return 2;
  }
  if (!Number.isSafeInteger(lines) || lines < 0) {
    console.error('--lines: expected a whole number of lines, e.g. --lines 100.');
    return 2;
  }
  const file = join(home, 'logs', `${program}.log`);
  const tail = openTail(file);
  if (tail === undefined && !follow) {
    console.error(`${program} has written no log yet (${file}).`);
    return 1;
  }
  let position = 0;
  let inode = 0;
  if (tail !== undefined) {
    process.stdout.write(lastLines(tail.text, lines));
    ({ position, inode } = tail);
  }
  while (follow && !signal.aborted) {
    await clock.wait(followMillis, signal);
    // Another inode: the file was rotated; begin at the new one's start.
    const current = statSync(file, { throwIfNoEntry: false });
    if (current === undefined) continue;
    if (current.ino !== inode) position = 0;
    inode = current.ino;
    if (current.size > position) {
      process.stdout.write(readFrom(file, position, current.size));
      position = current.size;
    }
  }
  return 0;
}

function openTail(file: string): { text: string; position: number; inode: number } | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return {
    text: readFrom(file, Math.max(0, stat.size - maxTailBytes), stat.size),
    position: stat.size,
    inode: stat.ino,
  };
}

function readFrom(file: string, from: number, to: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(to, fstatSync(descriptor).size) - from);
    const bytes = readSync(descriptor, buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** The last `count` lines of the text, which ends with a line break or in the middle of a line. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n');
  const open = lines.pop() ?? '';
  const kept = lines.slice(Math.max(0, lines.length - count)).map((line) => `${line}\n`);
  return kept.join('') + open;
}
