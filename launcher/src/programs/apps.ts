import { join } from 'node:path';

import type { CommandContext, Port, Program, ProgramName } from './program.ts';

/** Our own programs: Node on the built main.js of an app. */
function app(
  definition: Omit<Program, 'needs' | 'command'> & {
    main: string;
    args?: readonly string[];
    nodeFlags?: readonly string[];
  },
): Program {
  const { main, args = [], nodeFlags = [], ...program } = definition;
  return {
    ...program,
    needs: [main],
    command: ({ executable, root, home }: CommandContext) => ({
      file: executable,
      args: [...nodeFlags, join(root, main), ...args],
      env: { TRACE_HOME: home },
    }),
  };
}

function sampleService(
  role: ProgramName,
  ports: readonly Port[],
  after: readonly ProgramName[] = [],
): Program {
  const [http] = ports;
  const origin = http === undefined ? undefined : `http://127.0.0.1:${http.number}`;
  return app({
    name: role,
    main: 'apps/sim-service/dist/main.js',
    args: [role],
    ports,
    after,
    // Running requests get ten seconds, the last telemetry three.
    stopDeadlineMillis: 15_000,
    // Not /health: a role whose database or broker is away runs, and nobody has to wait for it.
    ...(origin === undefined ? {} : { readyUrl: `${origin}/healthz`, address: origin }),
  });
}

export const enrichmentProcessor = app({
  name: 'enrichment-processor',
  main: 'apps/enrichment-processor/dist/main.js',
  // Of the requests that pass, all is dead within milliseconds: the young generation may be small. The whole heap may
  // always double before it is collected: V8's own choice becomes less, and the hop three times slower
  // (docs/performance.md, Garbage collection). Without Maglev, what is hot goes from the baseline to TurboFan directly:
  // the same speed, for 13 MiB less of compilers and their code.
  nodeFlags: ['--max-semi-space-size=2', '--heap-growing-percent=100', '--no-maglev'],
  ports: [
    { number: 4319, setting: 'the gRPC port in apps/enrichment-processor/config' },
    { number: 9464, setting: 'the HTTP port in apps/enrichment-processor/config' },
  ],
  readyUrl: 'http://127.0.0.1:9464/readyz',
  address: 'http://127.0.0.1:9464',
  // Running requests get ten seconds (`shutdown.drain`), or workers three more to end; the rest is moments.
  stopDeadlineMillis: 15_000,
});

export const alertEngine = app({
  name: 'alert-engine',
  main: 'apps/alert-engine/dist/main.js',
  ports: [
    { number: 4329, setting: 'the gRPC port in apps/alert-engine/config' },
    { number: 4330, setting: 'the OTLP/HTTP port in apps/alert-engine/config' },
    { number: 8090, setting: 'the HTTP port in apps/alert-engine/config' },
  ],
  readyUrl: 'http://127.0.0.1:8090/readyz',
  address: 'http://127.0.0.1:8090',
  // What is on its way in, what is to be told and the state have five seconds each (`shutdown.drain`).
  stopDeadlineMillis: 20_000,
});

const simSetting = 'the role’s port in apps/sim-service/config/sim-service.yaml';

export const users = sampleService('users', [
  { number: 8081, setting: simSetting },
  { number: 50051, setting: simSetting },
]);
export const orders = sampleService('orders', [
  { number: 8082, setting: simSetting },
  { number: 50052, setting: simSetting },
]);
export const gateway = sampleService('gateway', [{ number: 8080, setting: simSetting }]);
/** These need the broker, and wait for it; once they have had it they bear its absence. */
export const payments = sampleService('payments', [{ number: 8083, setting: simSetting }], ['nats']);
export const producer = sampleService('producer', [{ number: 8085, setting: simSetting }], ['nats']);
export const consumer = sampleService('consumer', [{ number: 8086, setting: simSetting }], ['nats']);
export const logSimulator = sampleService('log-simulator', [{ number: 8070, setting: simSetting }]);
/** The services' log records go to NATS first, and this forwards them to the Collector. */
export const logForwarder: Program = {
  ...sampleService('log-forwarder', [{ number: 8087, setting: simSetting }], ['nats']),
  logsRoad: 'jetstream',
};
/** Waits for whom it calls and for the Collector, so that the first thing to be seen is not a burst of errors. */
export const load = sampleService('load', [], ['otelcol', 'gateway', 'orders', 'payments', 'users']);
