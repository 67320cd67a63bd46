import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module, type DynamicModule } from '@nestjs/common';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { createApp, listen } from '../../http/create-app';
import { ServiceModule } from '../../http/service.module';
import { OPENAPI_DOCUMENT, OpenApiController } from '../../openapi/openapi.controller';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { createSink } from './create-sink';
import { LogSimulatorController } from './log-simulator.controller';
import { logSimulatorDocument } from './log-simulator.openapi';
import { Scenario } from './scenario';
import { ScenarioController } from './scenario.controller';
import { SimulatedMetrics } from './simulated-metrics';
import { Simulation } from './simulation';

const PAGE_DIRECTORY = join(__dirname, '../../../public/log-simulator');
/** Goes with the page, which loads nothing from elsewhere. */
const CONTENT_SECURITY_POLICY = "default-src 'self'; img-src 'self' data:";
const MAX_BODY_BYTES = 16 * 1024;
/** For the lines that still wait when the role is stopped. */
const FLUSH_MILLIS = 8000;

@Module({})
export class LogSimulatorModule {
  static forRoot(context: ModuleContext, simulation: Simulation, scenario: Scenario): DynamicModule {
    return {
      module: LogSimulatorModule,
      imports: [ServiceModule.forRoot({ role: 'log-simulator', context })],
      controllers: [LogSimulatorController, ScenarioController, OpenApiController],
      providers: [
        { provide: Simulation, useValue: simulation },
        { provide: Scenario, useValue: scenario },
        { provide: OPENAPI_DOCUMENT, useValue: logSimulatorDocument },
      ],
    };
  }
}

export async function startLogSimulator(context: RoleContext): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const { http, file } = config.logSimulator;
  // Where OTLP goes, the standard OTEL_EXPORTER_OTLP_* variables say.
  const exporter = new OTLPLogExporter();
  const metrics = new SimulatedMetrics();
  const simulation = new Simulation({
    sinkFor: (settings, events) => createSink(settings, { file, exporter }, events),
    random: Math.random,
    nowEpochMillis: Date.now,
    onMade: (line, durationSeconds) => {
      metrics.onMade(line, durationSeconds);
    },
    onDropped: (count, reason) => {
      metrics.onDropped(count, reason);
    },
  });
  const scenario = new Scenario(simulation);
  const app = await createApp(
    LogSimulatorModule.forRoot(context, simulation, scenario),
    logger,
    MAX_BODY_BYTES,
  );
  app.useStaticAssets(PAGE_DIRECTORY, {
    setHeaders: (response: { setHeader(name: string, value: string): void }) => {
      response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    },
  });
  await listen(app, logger, { ...http, setting: `logSimulator.http.port in ${configFile}` });
  shutdown.add(
    'end the simulation',
    async () => {
      const stopped = Promise.all([scenario.stop(), simulation.stop()]);
      await Promise.race([stopped, sleep(FLUSH_MILLIS, undefined, { ref: false })]);
      const { lines_waiting: undelivered } = simulation.state;
      if (undelivered > 0) logger.warn({ undelivered }, 'stopped before every line was delivered');
    },
    FLUSH_MILLIS + 1000,
  );
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
}
