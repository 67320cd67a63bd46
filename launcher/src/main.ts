import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { systemClock } from './clock.ts';
import { bench } from './commands/bench.ts';
import { logs } from './commands/logs.ts';
import { replayLogs } from './commands/replay-logs.ts';
import { sbom } from './commands/sbom.ts';
import { simulate } from './commands/simulate.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { stop } from './commands/stop.ts';
import { listenForStopSignals } from './commands/stop-signals.ts';
import { runTests } from './commands/test.ts';
import { testCluster } from './commands/test-cluster.ts';
import { verifyService } from './commands/verify-service.ts';
import { readConfig } from './config.ts';
import { oneLine } from './errors.ts';

const root = dirname(dirname(import.meta.dirname));
const config = readConfig(root);
const usage =
  'Usage: npm start | npm stop | npm run -s status [-- --json] | npm run logs -- <program> | npm run verify-service -- <service.name> | npm run simulate -- <scenario.yaml> | npm run drill -- list | npm run logs:replay -- --since 1h | npm test';

async function main([command, ...rest]: readonly string[]): Promise<number> {
  if (command === 'replay-logs') {
    const { stop: signal } = listenForStopSignals(systemClock);
    return await replayLogs({ args: rest, signal, origin: config.logForwarderUrl });
  }
  // A benchmark has flags of its own.
  if (command === 'bench') return await bench(config, systemClock, rest[0], rest.slice(1));
  const { values, positionals } = parseArgs({
    args: rest,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      follow: { type: 'boolean', short: 'f', default: false },
      lines: { type: 'string', default: '50' },
      only: { type: 'string' },
      minutes: { type: 'string', default: '15' },
    },
  });
  const [first, second] = positionals;
  switch (command) {
    case 'start':
      return await start(config, systemClock, join(import.meta.dirname, 'leash.ts'));
    case 'stop':
      return await stop(config.home, systemClock);
    case 'status':
      console.log(status(config.home, { json: values.json }, systemClock));
      return 0;
    case 'logs': {
      const { stop: signal } = listenForStopSignals(systemClock);
      return await logs(
        config.home,
        { program: first, follow: values.follow, lines: Number(values.lines) },
        systemClock,
        signal,
      );
    }
    case 'simulate':
      return await simulate({ file: first, signal: listenForStopSignals(systemClock).stop });
    case 'drill': {
      // Loaded when it is wanted: it brings a database client and gRPC, which `npm run status` need not wait for.
      const { drill } = await import('./commands/drill.ts');
      const signals = listenForStopSignals(systemClock);
      return await drill([first, second], { config, clock: systemClock, signals });
    }
    case 'verify-service':
      return await verifyService({
        service: first,
        minutes: Number(values.minutes),
        json: values.json,
        color: config.color && process.stdout.isTTY,
      });
    case 'sbom':
      return await sbom(config, first, listenForStopSignals(systemClock).stop);
    case 'test-cluster':
      return await testCluster(config, systemClock);
    case 'test':
      return await runTests(config, systemClock, {
        only: values.only ?? first,
        pattern: values.only === undefined ? second : first,
      });
    default:
      console.error(usage);
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(oneLine(error));
  process.exitCode = 1;
}
