import type { ChildProcess } from 'node:child_process';
import { launcherCommand, spawnLauncher, type CommandEnd } from './launcher-command.ts';
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
  /** Both streams, without the last line break. */
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
    return spawnLauncher(args, this.#env());
  }

  /** Runs one to its end. */
  async run(...args: readonly string[]): Promise<Said> {
    return said(await launcherCommand(args, { env: this.#env() }));
  }

  /** The same, with Ctrl-C once this has resolved. */
  async interrupt(after: Promise<unknown>, ...args: readonly string[]): Promise<Said> {
    return said(await launcherCommand(args, { env: this.#env(), interruptAfter: after }));
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

  #env(): NodeJS.ProcessEnv {
    return { TRACE_HOME: this.home, ...this.env };
  }
}

function said({ code, output }: CommandEnd): Said {
  return { code, said: output.join('\n') };
}
