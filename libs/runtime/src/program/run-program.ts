import type { Logger } from 'pino';
import { ConfigError } from '../config/config-error';
import { ListenError } from './listen-error';
import { createLogger } from './logger';
import { Shutdown } from './shutdown';

/** sysexits.h EX_CONFIG: a supervisor need not try again until a person has changed something. */
export const EXIT_CONFIG = 78;

export interface Program {
  readonly logger: Logger;
  readonly shutdown: Shutdown;
}

/**
 * The outermost frame of a program. `main` starts everything and returns; what it added to
 * `shutdown` runs on SIGTERM or SIGINT.
 *
 * A ConfigError or ListenError is printed line by line and ends the program with code 78;
 * any other failure to start is one line and code 1. The logger starts at level info; `main` sets
 * `logger.level` when its configuration says otherwise.
 */
export function runProgram(name: string, main: (program: Program) => Promise<void>): void {
  const logger = createLogger(name, 'info');
  const shutdown = new Shutdown(logger, process);
  shutdown.install();
  process.on('unhandledRejection', (reason) => {
    // Nothing is known of the state any more: end, and let the supervisor start afresh.
    logger.fatal({ err: reason }, 'unhandled rejection');
    process.exit(1);
  });
  main({ logger, shutdown }).catch((error: unknown) => {
    process.stderr.write(`${startFailure(name, error)}\n`);
    process.exit(error instanceof ConfigError || error instanceof ListenError ? EXIT_CONFIG : 1);
  });
}

function startFailure(name: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n')
    .map((line) => `${name}: ${line}`)
    .join('\n');
}
