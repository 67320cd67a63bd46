import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { root } from './paths.ts';
import { eventually } from './wait.ts';

export interface ProgramStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly state: 'ready' | 'starting' | 'building' | 'failed' | 'stopped';
  readonly since: string;
  readonly address: string | null;
}

export interface Said {
  readonly code: number | null;
  readonly said: string;
}

/** Grafana joins only where it can be downloaded. */
const OPTIONAL = ['grafana'];

/** The commands of package.json, as a person types them, with a home of their own. */
export class Launcher {
  constructor(
    private readonly home: string,
    private readonly env: Readonly<NodeJS.ProcessEnv> = {},
  ) {}

  spawn(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [join(root, 'launcher/bootstrap.mjs'), ...args], {
      cwd: root,
      env: { ...process.env, TRACE_HOME: this.home, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs one to its end. */
  async run(...args: readonly string[]): Promise<Said> {
    return await toEnd(this.spawn(...args));
  }

  async status(): Promise<ProgramStatus[]> {
    const { said } = await this.run('status', '--json');
    return (JSON.parse(said) as { programs: ProgramStatus[] }).programs;
  }

  /** Waits until `npm start` has brought up every program. */
  allReady(): Promise<ProgramStatus[]> {
    return eventually(
      'every program ready',
      async () => {
        const running = await this.status();
        const waiting = running.filter(({ name, state }) => state !== 'ready' && !OPTIONAL.includes(name));
        if (waiting.length > 0)
          throw new Error(JSON.stringify(waiting.map(({ name, state }) => [name, state])));
        return running.length > 0 ? running : undefined;
      },
      { timeoutMillis: 300_000, intervalMillis: 1500 },
    );
  }
}

/** All that a command prints, and its exit code. */
export async function toEnd(child: ChildProcess): Promise<Said> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  return { code: await new Promise((resolve) => child.on('close', resolve)), said };
}
