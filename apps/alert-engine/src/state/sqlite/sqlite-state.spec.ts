import { createLogger } from '@trace/runtime';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Snapshot } from '../durable-state';
import { ALERT, itIsADurableState, Memory, notification } from '../durable-state.contract';
import { SqliteState } from './sqlite-state';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-state-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function program(
  file: string,
  memory?: Snapshot,
): { state: SqliteState; restored: Snapshot[]; lines: string[]; errors: () => number } {
  const lines: string[] = [];
  const owner = new Memory(memory);
  const logger = createLogger('test', 'info', { write: (line: string) => lines.push(line) });
  const state = new SqliteState({ file, maxFinishedNotifications: 2 }, logger, owner);
  state.start();
  return { state, restored: owner.restored, lines, errors: () => owner.errors };
}

describe('SqliteState', () => {
  itIsADurableState(() => {
    const file = join(folder, 'data', 'state.sqlite');
    const logger = createLogger('test', 'silent');
    return (memory) => new SqliteState({ file, maxFinishedNotifications: 2 }, logger, memory);
  });

  it('goes on in memory while the folder cannot be used, says so once, and catches up', () => {
    writeFileSync(join(folder, 'data'), 'a file where a folder should be');
    const file = join(folder, 'data', 'state.sqlite');
    const memory = { alerts: [ALERT], notifications: [notification(7, 'pending')] };
    const { state, lines, errors } = program(file, memory);
    state.write({ upserts: [ALERT], ended: [], notifications: [] });
    state.retry();
    state.retry();
    expect(state.isBehind).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('cannot use the state file');
    expect(errors()).toBe(3);
    rmSync(join(folder, 'data'));
    state.retry();
    expect(state.isBehind).toBe(false);
    state.close();
    const next = program(file);
    expect(next.restored).toEqual([memory]);
    next.state.close();
  });

  it('goes on in memory when a write fails, and catches up', () => {
    const file = join(folder, 'state.sqlite');
    const full = { ...ALERT, annotations: { long: 'x'.repeat(100_000) } };
    const { state, lines } = program(file, { alerts: [full], notifications: [] });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    state.write({ upserts: [full], ended: [], notifications: [] });
    expect(state.isBehind).toBe(true);
    expect(lines.filter((line) => line.includes('cannot use'))).toHaveLength(1);
    other.exec('ROLLBACK');
    other.close();
    state.retry();
    state.close();
    const next = program(file);
    expect(next.restored).toEqual([{ alerts: [full], notifications: [] }]);
    next.state.close();
  });

  it.each<[string, (file: string) => void]>([
    [
      'is no database',
      (file) => {
        writeFileSync(file, 'not a database, for sure, and longer than a header is '.repeat(50));
      },
    ],
    [
      'is damaged inside',
      (file) => {
        const before = program(file);
        before.state.write({
          upserts: [{ ...ALERT, annotations: { long: 'x'.repeat(50_000) } }],
          ended: [],
          notifications: [],
        });
        before.state.close();
        const database = new DatabaseSync(file);
        database.exec(`UPDATE alerts SET document = '{"fingerprint": 1'`);
        database.close();
      },
    ],
    [
      'comes from a later version',
      (file) => {
        const database = new DatabaseSync(file);
        database.exec('PRAGMA user_version = 99');
        database.close();
      },
    ],
  ])('moves a file that %s aside, in one line, and goes on with a new one', (_what, damage) => {
    const file = join(folder, 'state.sqlite');
    damage(file);
    const { state, lines, restored } = program(file, { alerts: [ALERT], notifications: [] });
    const complaints = lines.filter((line) => line.includes('moved aside'));
    expect(complaints).toHaveLength(1);
    expect(lines.filter((line) => line.includes('"error"'))).toHaveLength(1);
    expect(readdirSync(folder).some((name) => name.startsWith('state.sqlite.unreadable-'))).toBe(true);
    expect(restored.flatMap(({ alerts }) => alerts)).toEqual([]);
    expect(state.isBehind).toBe(false);
    state.close();
    const next = program(file);
    expect(next.restored[0]?.alerts).toEqual([ALERT]);
    next.state.close();
  });

  it('says so when the path is a folder', () => {
    mkdirSync(join(folder, 'state.sqlite'));
    const { state, lines } = program(join(folder, 'state.sqlite'));
    expect(lines).toHaveLength(1);
    expect(state.isBehind).toBe(true);
  });
});
