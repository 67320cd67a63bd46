import { formatElapsed, type Clock } from '../clock.ts';
import { programs } from '../programs/index.ts';
import { isAlive } from '../state/process-identity.ts';
import { readState } from '../state/state-file.ts';
import type { ProgramState } from '../supervise/runner.ts';

export interface ProgramStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly state: ProgramState;
  /** ISO 8601; null for a program that never ran here. */
  readonly since: string | null;
  readonly address: string | null;
}

/** `npm run -s status`: one line a program, or with `--json` what other programs read. */
export function status(home: string, { json }: { json: boolean }, clock: Clock): string {
  const statuses = readStatus(home);
  if (json) return JSON.stringify({ programs: statuses });
  const running = statuses.some(({ state }) => state !== 'stopped');
  if (!running) return `Nothing runs (${home}). \`npm start\` starts it.`;
  const details = new Map<string, string>(
    readState(home)?.programs.map(({ name, detail }) => [name, detail]),
  );
  return statuses
    .map(({ name, pid, state, since, address }) => {
      const age = since === null ? '' : formatElapsed(clock.now() - Date.parse(since));
      const note = state === 'ready' ? (address ?? '') : (details.get(name) ?? '');
      return `${name.padEnd(21)} ${state.padEnd(9)} ${String(pid ?? '-').padStart(7)} ${age.padStart(8)}  ${note}`.trimEnd();
    })
    .join('\n');
}

export function readStatus(home: string): ProgramStatus[] {
  const state = readState(home);
  const launcherLives = state !== undefined && isAlive(state.launcher);
  const ran = state?.programs.map(({ name }) => name) ?? [];
  const shown = programs.filter(({ name, logsRoad }) => logsRoad === undefined || ran.includes(name));
  return shown.map(({ name, address = null }) => {
    const record = state?.programs.find((program) => program.name === name);
    const process = record?.process ?? null;
    const pid = process !== null && isAlive(process) ? process.pid : null;
    // Without its launcher a program that still runs is on its way out.
    const known = record !== undefined && (launcherLives || pid !== null);
    return known
      ? { name, pid, state: record.state, since: record.since, address }
      : { name, pid: null, state: 'stopped', since: null, address };
  });
}
