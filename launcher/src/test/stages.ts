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
import { addCounts, noTests } from './jest-results.ts';
import { canHaveOwnNetwork, jest, type JestMode } from './jest-run.ts';
import { quietCommand, type Stage, type StageContext, type StageResult } from './stage.ts';
import { checkWorkflows } from './workflows.ts';

export const stageGroups = ['lint', 'unit', 'e2e'] as const;
export type StageGroup = (typeof stageGroups)[number];

/** It compiles our packages, and so moves what the others load from; it goes before them. */
const firstCase = 'cases/00-npm-start';
/**
 * Cases that need none of the platform's ports and measure no times; they run beside the others, one at a time,
 * since most of either is waiting.
 */
const ownPortCases =
  'cases/(07-kubernetes/(?!large)|08-real-clients|09-transport|11-messaging|14-users-database|15-payments|16-logs-road|18-chart)';
/** Likewise, but they measure: they run when those have ended, and not in the background. */
const measuredCases = 'cases/(07-kubernetes/large|10-chaos)';

/** On the platform's own ports, in a network of its own where there can be one: beside the others, too. */
const ownNetworkCases =
  'cases/(17-drills|19-dashboards|20-agent|21-object-store|22-kafka|23-watching|24-smoke-test)';

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
      const e2e = (name: string, args: readonly string[], mode: JestMode): Promise<StageResult> =>
        jest(
          { ...context, environment },
          join(root, 'e2e'),
          config.home,
          name,
          ['--runInBand', ...args],
          mode,
        );
      if (pattern !== undefined) return e2e('e2e', [pattern], 'streamed');
      const first = await e2e('e2e-first', [firstCase], 'streamed');
      if (!first.green) return first;
      const hasOwnNetwork = canHaveOwnNetwork();
      const elsewhere = [ownPortCases, measuredCases, ...(hasOwnNetwork ? [ownNetworkCases] : [])];
      const onOwnPorts = async (): Promise<StageResult[]> => [
        await e2e('e2e-own-ports', [ownPortCases], 'in the background'),
        ...(hasOwnNetwork ? [await e2e('e2e-own-network', [ownNetworkCases], 'in its own network')] : []),
        await e2e('e2e-measured', [measuredCases], 'at the end'),
      ];
      const [others, own] = await Promise.all([
        e2e('e2e', ['--testPathIgnorePatterns', firstCase, ...elsewhere], 'streamed'),
        onOwnPorts(),
      ]);
      const results = [first, others, ...own];
      return {
        green: results.every(({ green }) => green),
        counts: results.reduce((sum, { counts }) => addCounts(sum, counts ?? noTests), noTests),
      };
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
