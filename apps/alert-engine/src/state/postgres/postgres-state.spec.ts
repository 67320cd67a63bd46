import { createLogger } from '@trace/runtime';
import { Client } from 'pg';
import { Memory } from '../durable-state.contract';
import { PostgresState } from './postgres-state';
import { BreakingServer, refusing, type Breaks } from './testing/breaking-server';

/** As many as would show a state that connects by itself. */
const ROUNDS = 20;

const states: PostgresState[] = [];
let server: BreakingServer;
afterEach(async () => {
  await Promise.all(states.splice(0).map((state) => state.close()));
  await server.close();
});

interface Started {
  readonly state: PostgresState;
  readonly memory: Memory;
  readonly lines: string[];
}

async function withServer(breaks: Breaks): Promise<Started> {
  server = await BreakingServer.start(breaks);
  const memory = new Memory();
  const lines: string[] = [];
  const state = new PostgresState(
    { url: server.url, connectTimeout: 30_000, queryTimeout: 30_000, maxFinishedNotifications: 2 },
    createLogger('test', 'info', { write: (line: string) => lines.push(line) }),
    memory,
  );
  states.push(state);
  return { state, memory, lines };
}

describe('PostgresState', () => {
  it.each<[string, Breaks]>([
    ['resets', (socket) => socket.resetAndDestroy()],
    ['closes', (socket) => socket.end()],
  ])(
    'connects once for each retry to a server that %s connections at the first statement',
    async (_how, breaks) => {
      const { state, memory } = await withServer(breaks);
      await state.start();
      await state.retry();
      // In the time of each of these the state could connect once, too.
      for (let round = 1; round <= ROUNDS; round += 1) {
        const client = new Client({ connectionString: server.url.href });
        client.on('error', () => undefined);
        await client.connect();
        await expect(client.query('SELECT')).rejects.toThrow();
      }
      expect(server.connections - ROUNDS).toBe(2);
      expect(memory.errors).toBe(2);
      expect(state.standing).toBe('in memory only, trying again');
    },
  );

  it('says why it cannot be used whenever that is something else, not each time', async () => {
    let reason = 'the database system is starting up';
    const { state, lines } = await withServer(refusing(() => reason));
    await state.start();
    await state.retry();
    reason = 'permission denied for schema public';
    await state.retry();
    await state.retry();
    reason = 'the database system is starting up';
    await state.retry();
    const reasons = lines.map((line) => (JSON.parse(line) as { msg: string }).msg.split('trying again: ')[1]);
    expect(reasons).toEqual([
      'the database system is starting up',
      'permission denied for schema public',
      'the database system is starting up',
    ]);
  });
});
