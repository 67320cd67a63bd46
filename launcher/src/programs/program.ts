import type { ConfigurationFile } from '../configuration/configuration-file.ts';

/** The programs of the local run, by the names that `npm run status` and `npm run logs` use. */
export type ProgramName =
  | 'enrichment-processor'
  | 'otelcol'
  | 'alert-engine'
  | 'users'
  | 'orders'
  | 'payments'
  | 'gateway'
  | 'producer'
  | 'consumer'
  | 'log-simulator'
  | 'log-forwarder'
  | 'load'
  | 'nats'
  | 'prometheus'
  | 'tempo'
  | 'loki'
  | 'grafana';

/** The folders of toolchain/: what each says how to have is run by the platform, or by tests only. */
export type ToolName =
  | 'otelcol'
  | 'nats-server'
  | 'prometheus'
  | 'tempo'
  | 'loki'
  | 'grafana'
  | 'etcd'
  | 'kube-apiserver'
  | 'helm'
  | 'kafka'
  | 'versitygw'
  | 'helm-3'
  | 'rabbitmq-server'
  | 'postgresql'
  | 'redis-server'
  | 'chromium';

/** The values of TRACE_LOGS_ROAD. */
export const logsRoads = ['otlp', 'jetstream'] as const;
export type LogsRoad = (typeof logsRoads)[number];

export interface Port {
  readonly number: number;
  /** Where the port is set, for the one who has to move it. */
  readonly setting: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** What a command line is made of. */
export interface CommandContext {
  readonly root: string;
  readonly home: string;
  /** The acquired executable; for our own programs, the pinned Node. */
  readonly executable: string;
}

export interface Program {
  readonly name: ProgramName;
  /** The folder of toolchain/ that says how the program is had; without one it is built from this checkout. */
  readonly tool?: ToolName;
  readonly ports: readonly Port[];
  /** Answers 200 when the program is ready; without one, running is ready. */
  readonly readyUrl?: string;
  /** For people. */
  readonly address?: string;
  /** Programs that must be ready before this one is started. */
  readonly after?: readonly ProgramName[];
  /** Files in the checkout without which the program cannot run. */
  readonly needs: readonly string[];
  command(context: CommandContext): Command;
  /**
   * Where its last output says that one of the files in `needs` is wrong: file, place and expectation in one
   * line. Our own programs say it themselves, with exit code 78.
   */
  wrongConfiguration?(output: string, files: readonly ConfigurationFile[]): string | undefined;
  /** It runs with this TRACE_LOGS_ROAD only. */
  readonly logsRoad?: LogsRoad;
  /** From SIGTERM until SIGKILL. */
  readonly stopDeadlineMillis: number;
  /** Why the deadline may well be needed, and what a SIGKILL costs then. */
  readonly slowStopNote?: string;
}

/** A program that the platform runs and does not contain. */
export interface OutsideProgram extends Program {
  readonly tool: ToolName;
}
