import type { Answer } from '../../support/openapi.ts';
import { request } from '../../support/openapi.ts';
import { eventually } from '../../support/wait.ts';

export const simulatorUrl = 'http://127.0.0.1:8070';

export interface SimulationState {
  readonly running: boolean;
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly lines_made: number;
  readonly lines_delivered: number;
  readonly lines_dropped: Readonly<Record<string, number>>;
  readonly lines_waiting: number;
  readonly errors: number;
  readonly made_by_operation: Readonly<Record<string, number>>;
  readonly last_lines: readonly string[];
}

export const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
  request(`${simulatorUrl}${path}`, method, body);

export async function state(): Promise<SimulationState> {
  return (await ask('GET', '/simulation')).body as SimulationState;
}

/** Waits until the one that runs has ended, and each of its lines has been delivered or dropped. */
export function ended(timeoutMillis = 180_000): Promise<SimulationState> {
  return eventually(
    'the simulation has ended',
    async () => {
      const now = await state();
      return !now.running && now.lines_waiting === 0 ? now : undefined;
    },
    { timeoutMillis },
  );
}

export function droppedOf({ lines_dropped: dropped }: SimulationState): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}
