import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { buildPackages } from '../packages.ts';
import { kubernetes, loki, otelcol, prometheus, tempo } from '../programs/outside.ts';
import { Terminal } from '../terminal/terminal.ts';
import { acquireForTests, binaryVariables } from './acquire-for-tests.ts';
import { listenForStopSignals } from './stop-signals.ts';

/**
 * `npm run bench:<name>`: runs bench/<name>/main.ts with the paths of the pinned programs in TRACE_BIN_OTELCOL and
 * its like, and with the flags that follow: `npm run bench:hop -- --rows=gzip --write`.
 */
export async function bench(
  config: LauncherConfig,
  clock: Clock,
  name: string | undefined,
  args: readonly string[] = [],
): Promise<number> {
  const script = join(config.root, 'bench', name ?? '', 'main.ts');
  if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(script)) {
    console.error(`There is no benchmark "${name ?? ''}" (bench/${name ?? '<name>'}/main.ts).`);
    return 2;
  }
  const { stop } = listenForStopSignals(clock);
  const terminal = new Terminal(process.stderr, { clock, color: config.color });
  // The whole way has the backends at its end; the others are about one hop of it.
  const beside = name === 'scale' ? [tempo, loki, prometheus] : kubernetes;
  const acquired = await acquireForTests([otelcol, ...beside], { config, clock, signal: stop, terminal });
  terminal.close();
  await buildPackages(config, stop);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: config.root,
    stdio: 'inherit',
    env: { ...config.environment, ...binaryVariables(acquired) },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
