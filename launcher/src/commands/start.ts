import { mkdirSync } from 'node:fs';

import { isAborted } from '../abort.ts';
import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { oneLine } from '../errors.ts';
import { buildPackages } from '../packages.ts';
import { acquireOrder, programsOn } from '../programs/index.ts';
import { logsRoads } from '../programs/program.ts';
import { isHolder, tryLock } from '../state/lock.ts';
import { stopLeftovers } from '../state/leftovers.ts';
import { identify, type ProcessIdentity } from '../state/process-identity.ts';
import { launcherLockPath, readState, removeState } from '../state/state-file.ts';
import { startLeash } from '../supervise/leash.ts';
import { Platform } from '../supervise/platform.ts';
import { Terminal } from '../terminal/terminal.ts';
import { acquireAll } from './acquire-all.ts';
import { addressLines, lookUpLines } from './look-ups.ts';
import { listenForStopSignals, type StopSignals } from './stop-signals.ts';

/** `npm start`: runs until it is told to stop; returns the exit code. */
export async function start(config: LauncherConfig, clock: Clock, leashScript: string): Promise<number> {
  if (!logsRoads.some((road) => road === config.logsRoad)) {
    console.error(`TRACE_LOGS_ROAD: got "${config.logsRoad}", expected one of ${logsRoads.join(', ')}.`);
    return 2;
  }
  const lock = tryLock(launcherLockPath(config.home));
  if (isHolder(lock)) {
    console.error(alreadyRunning(config, lock));
    return 1;
  }
  const signals = listenForStopSignals(clock);
  // A terminal that was closed must not end the launcher before it has stopped its programs.
  process.stdout.on('error', () => undefined);
  const terminal = new Terminal(process.stdout, { clock, color: config.color });
  try {
    const stopped = await stopLeftovers(config.home, clock);
    if (stopped.length > 0)
      terminal.say(`Stopped what a killed launcher had left running: ${stopped.join(', ')}.`);
    mkdirSync(`${config.home}/data/otelcol`, { recursive: true });
    await run(config, clock, terminal, signals, leashScript);
    return 0;
  } finally {
    terminal.close();
    lock.release();
  }
}

async function run(
  config: LauncherConfig,
  clock: Clock,
  terminal: Terminal,
  signals: StopSignals,
  leashScript: string,
): Promise<void> {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process has no start time');
  const platform = new Platform({ config, clock, terminal, self });
  const leash = startLeash(leashScript, config.home, self);
  signals.kill.addEventListener('abort', () => {
    platform.kill();
  });

  const work = Promise.all([
    startOwn(config, platform, terminal, signals.stop),
    startOutside(config, clock, platform, terminal, signals.stop),
    tellAddresses(config, clock, platform, terminal, signals.stop),
  ]);
  await platform.until(() => false, signals.stop);
  terminal.say('Stopping, senders first (Ctrl-C again kills at once).');
  await Promise.all([platform.stop(), work]);
  removeState(config.home);
  await leash.release();
}

async function startOwn(
  config: LauncherConfig,
  platform: Platform,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const own = programsOn(config.logsRoad).filter(({ tool }) => tool === undefined);
  for (const [index, program] of own.entries()) {
    platform
      .runner(program.name)
      .enter('building', 'compiles our packages', index === 0 ? undefined : 'waiting');
  }
  if (!config.skipBuild) {
    await buildPackages(config, signal).catch((error: unknown) => {
      if (!isAborted(signal)) terminal.say(oneLine(error));
    });
  }
  await Promise.all(own.map((program) => platform.start(program, process.execPath, signal)));
}

async function startOutside(
  config: LauncherConfig,
  clock: Clock,
  platform: Platform,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  for (const program of acquireOrder)
    platform.runner(program.name).enter('building', 'waits for its turn', 'waiting');
  await acquireAll(acquireOrder, {
    config,
    clock,
    signal,
    say: (line) => {
      terminal.say(line);
    },
    onProgress: ({ name }, detail) => {
      platform.runner(name).enter('building', detail);
    },
    onAcquired: (program, executable) => {
      void platform.start(program, executable, signal);
    },
    onFailed: ({ name }, reason) => {
      platform.runner(name).enter('failed', reason);
      terminal.say(
        name === 'grafana'
          ? `No Grafana: ${reason}; the console on http://127.0.0.1:8090 serves.`
          : `${name} cannot be had: ${reason}`,
      );
    },
  });
}

/** First where everything is, as soon as the data path stands; then look-ups, once the backends have joined. */
async function tellAddresses(
  config: LauncherConfig,
  clock: Clock,
  platform: Platform,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const programs = programsOn(config.logsRoad);
  const late = programs
    .filter(({ tool }) => tool !== undefined && tool !== 'otelcol')
    .map(({ name }) => name);
  const dataPath = programs.filter(
    ({ name, after }) => ![name, ...(after ?? [])].some((it) => late.includes(it)),
  );
  await platform.until(() => platform.isSettled(dataPath), signal);
  if (isAborted(signal)) return;
  for (const line of addressLines(terminal)) terminal.say(line);
  await platform.until(() => platform.isSettled(programs), signal);
  if (isAborted(signal)) return;
  terminal.settle();
  for (const line of await lookUpLines(terminal, clock, signal)) terminal.say(line);
  if (!isAborted(signal)) terminal.say(`\nLogs are in ${config.home}/logs. Ctrl-C stops everything.`);
}

function alreadyRunning(config: LauncherConfig, holder: ProcessIdentity): string {
  const addresses = (readState(config.home)?.programs ?? [])
    .filter(({ state, address }) => state === 'ready' && address !== null)
    .map(({ name, address }) => `  ${name.padEnd(21)} ${address ?? ''}`);
  return [
    `Trace already runs here (pid ${holder.pid}, ${config.home}). \`npm run -s status\` shows it, \`npm stop\` stops it.`,
    ...addresses,
  ].join('\n');
}
