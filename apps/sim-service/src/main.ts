// First: the SDK has to start before what it instruments is loaded.
import { telemetry } from './instrumentation';
import 'reflect-metadata';
import { runProgram } from '@trace/runtime';
import { loadConfig, loadRole } from './config';
import { givenRole, type Role } from './role/config';
import { LiveConfig } from './role/live-config';
import type { RoleContext } from './role/role-context';
import { startConsumer } from './roles/consumer/consumer.role';
import { startGateway } from './roles/gateway/gateway.role';
import { startLogForwarder } from './roles/log-forwarder/log-forwarder.role';
import { startLogSimulator } from './roles/log-simulator/log-simulator.role';
import { startLoad } from './roles/load/load.role';
import { startOrders } from './roles/orders/orders.role';
import { startPayments } from './roles/payments/payments.role';
import { startProducer } from './roles/producer/producer.role';
import { startUsers } from './roles/users/users.role';

const FLUSH_DEADLINE_MILLIS = 3000;

const STARTS: Record<Role, (context: RoleContext) => Promise<void>> = {
  gateway: startGateway,
  users: startUsers,
  orders: startOrders,
  payments: startPayments,
  producer: startProducer,
  consumer: startConsumer,
  'log-simulator': startLogSimulator,
  'log-forwarder': startLogForwarder,
  load: startLoad,
};

runProgram(givenRole() ?? 'sim-service', async (program) => {
  const role = loadRole();
  const started = loadConfig();
  const { config, file } = started;
  program.logger.level = config.logLevel;
  const live = new LiveConfig(started, loadConfig, program.logger);
  await STARTS[role]({ ...program, config, configFile: file, live });
  live.start();
  // Added last: what the closing services still log and trace goes out too.
  program.shutdown.add('flush telemetry', () => telemetry?.shutdown(FLUSH_DEADLINE_MILLIS), 4000);
});
