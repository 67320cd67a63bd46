import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

export interface Lock {
  release(): void;
}

/**
 * Takes the lock file, or returns who holds it. The file appears complete (link of a finished file) and a
 * lock whose holder is dead is taken over.
 */
export function tryLock(file: string, pid: number = process.pid): Lock | ProcessIdentity {
  const self = identify(pid);
  if (self === undefined) throw new Error(`process ${pid} has no identity`);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${pid}`;
  writeFileSync(draft, JSON.stringify(self));
  try {
    for (;;) {
      if (tryLink(draft, file))
        return {
          release: () => {
            releaseIfOwn(file, self);
          },
        };
      const holder = readHolder(file);
      if (holder !== undefined && isAlive(holder)) return holder;
      evictStale(file, `${draft}.stale`, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Who holds the lock now, if anybody alive does. */
export function lockHolder(file: string): ProcessIdentity | undefined {
  const holder = readHolder(file);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

export function isHolder(outcome: Lock | ProcessIdentity): outcome is ProcessIdentity {
  return 'pid' in outcome;
}

function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isIdentity(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === 'object' && value !== null && 'pid' in value && 'started' in value;
}

/** Moves a dead holder's lock away; if another process was quicker and the moved one is alive, puts it back. */
function evictStale(file: string, aside: string, stale: ProcessIdentity | undefined): void {
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.started !== stale?.started && isAlive(moved)) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function releaseIfOwn(file: string, self: ProcessIdentity): void {
  const holder = readHolder(file);
  if (holder?.pid === self.pid && holder.started === self.started) rmSync(file, { force: true });
}
