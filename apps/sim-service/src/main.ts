// First: the SDK has to start before what it instruments is loaded.
import { telemetry } from './instrumentation';
import 'reflect-metadata';
import { reportStart, runProgram } from '@trace/runtime';
import { loadConfig, loadRole, settingsOf } from './config';
import { givenRole, type Role } from './role/config';
import { LiveConfig } from './role/live-config';
import type { RoleContext } from './role/role-context';

const FLUSH_DEADLINE_MILLIS = 3000;

type Start = (context: RoleContext) => Promise<void>;

/** Each role loads what it needs and no more: not all have a broker, or a database. */
const STARTS: Record<Role, () => Promise<Start>> = {
  gateway: async () => (await import('./roles/gateway/gateway.role.js')).startGateway,
  users: async () => (await import('./roles/users/users.role.js')).startUsers,
  orders: async () => (await import('./roles/orders/orders.role.js')).startOrders,
  payments: async () => (await import('./roles/payments/payments.role.js')).startPayments,
  producer: async () => (await import('./roles/producer/producer.role.js')).startProducer,
  consumer: async () => (await import('./roles/consumer/consumer.role.js')).startConsumer,
  'log-simulator': async () =>
    (await import('./roles/log-simulator/log-simulator.role.js')).startLogSimulator,
  'log-forwarder': async () =>
    (await import('./roles/log-forwarder/log-forwarder.role.js')).startLogForwarder,
  load: async () => (await import('./roles/load/load.role.js')).startLoad,
};

runProgram(givenRole() ?? 'sim-service', async (program) => {
  const role = loadRole();
  const started = loadConfig();
  const { config, file } = started;
  program.logger.level = config.logLevel;
  reportStart(program.logger, file, settingsOf(config, role));
  const live = new LiveConfig(started, loadConfig, program.logger);
  const start = await STARTS[role]();
  await start({ ...program, config, configFile: file, live });
  live.start();
  // Added last: what the closing services still log and trace goes out too.
  program.shutdown.add('flush telemetry', () => telemetry?.shutdown(FLUSH_DEADLINE_MILLIS), 4000);
});
