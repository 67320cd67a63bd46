import type { Logger } from 'pino';

interface Step {
  readonly name: string;
  readonly run: () => void | Promise<void>;
  readonly deadlineMillis: number;
}

const DEFAULT_DEADLINE_MILLIS = 5000;

/** What shutdown needs of the process; tests hand in their own. */
export interface ProcessLike {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Ends a program in one order: the steps run one after the other as they were added,
 * each with a deadline, and a step that fails or hangs does not keep the later ones from running.
 * A second signal exits at once.
 */
export class Shutdown {
  private readonly steps: Step[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly process: ProcessLike,
  ) {}

  add(name: string, run: () => void | Promise<void>, deadlineMillis = DEFAULT_DEADLINE_MILLIS): void {
    this.steps.push({ name, run, deadlineMillis });
  }

  /** Listens for SIGTERM and SIGINT from now on. */
  install(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      this.process.on(signal, () => {
        if (this.running !== undefined) {
          this.process.exit(1);
          return;
        }
        this.logger.info({ signal }, 'stopping');
        void this.run().then(() => {
          this.process.exit(0);
        });
      });
    }
  }

  /** Runs the steps once, however often it is called. */
  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  private async runSteps(): Promise<void> {
    for (const step of this.steps) {
      try {
        await withDeadline(step);
      } catch (error) {
        this.logger.error({ step: step.name, err: error }, `shutdown step failed: ${step.name}`);
      }
    }
    this.logger.info('stopped');
  }
}

async function withDeadline(step: Step): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${step.name} did not end within ${step.deadlineMillis} ms`));
    }, step.deadlineMillis);
  });
  try {
    await Promise.race([Promise.resolve().then(step.run), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
