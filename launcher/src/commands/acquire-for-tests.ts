import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { LauncherError } from '../errors.ts';
import type { ToolName } from '../programs/program.ts';
import type { Row, Terminal } from '../terminal/terminal.ts';
import { type Tool, acquireAll } from './acquire-all.ts';

export interface AcquireForTestsOptions {
  readonly config: LauncherConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** A program for tests. */
export interface TestTool extends Tool {
  /** True if a run without it is worth something: the cases that need it are skipped. */
  readonly optional?: boolean;
}

export interface Acquired {
  readonly found: ReadonlyMap<ToolName, string>;
  /** The optional ones that cannot be had, each with the reason. */
  readonly missing: ReadonlyMap<ToolName, string>;
}

/**
 * The variables by which a test or a benchmark finds a program, `TRACE_BIN_KUBE_APISERVER`, or what it says when it
 * is skipped, `TRACE_MISSING_RABBITMQ_SERVER`.
 */
export function binaryVariables({ found, missing }: Acquired): Record<string, string> {
  const variables = (prefix: string, values: ReadonlyMap<ToolName, string>): [string, string][] =>
    [...values].map(([tool, value]) => [`${prefix}_${tool.toUpperCase().replaceAll('-', '_')}`, value]);
  return Object.fromEntries([...variables('TRACE_BIN', found), ...variables('TRACE_MISSING', missing)]);
}

/** Has programs without starting them, with a row each. Throws a LauncherError if one that is needed cannot be had. */
export async function acquireForTests(
  wanted: readonly TestTool[],
  { config, clock, signal, terminal }: AcquireForTestsOptions,
): Promise<Acquired> {
  const found = new Map<ToolName, string>();
  const missing = new Map<ToolName, string>();
  const failures: string[] = [];
  const rows = new Map<ToolName, Row>();
  const set = (name: ToolName, state: string, detail: string): void => {
    const before = rows.get(name);
    const since = before?.state === state ? before.since : clock.now();
    rows.set(name, { name, state, since, detail, progress: state === 'building' ? 'active' : 'done' });
    terminal.show([...rows.values()]);
  };
  await acquireAll(wanted, {
    config,
    clock,
    signal,
    say: (line) => {
      terminal.say(line);
    },
    onProgress: ({ tool }, detail) => {
      set(tool, 'building', detail);
    },
    onAcquired: ({ tool }, executable) => {
      set(tool, 'ready', executable);
      found.set(tool, executable);
    },
    onFailed: ({ tool, optional = false }, reason) => {
      set(tool, 'failed', reason);
      if (optional) missing.set(tool, reason);
      else failures.push(reason);
    },
  });
  terminal.settle();
  if (signal.aborted) throw new LauncherError('aborted', 'stopped');
  const [failure] = failures;
  if (failure !== undefined) throw new LauncherError('build', failure);
  return { found, missing };
}
