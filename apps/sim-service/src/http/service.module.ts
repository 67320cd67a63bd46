import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { TelemetryModule } from '@trace/telemetry/nestjs';
import { FaultState } from '../faults/fault-state';
import { FaultsController } from '../faults/faults.controller';
import { HeapLeak } from '../faults/heap-leak';
import { FAULT_SETTINGS, type FaultSettings } from '../faults/loopback.guard';
import { seededRandom } from '../faults/random';
import { DEPENDENCIES, type Dependency } from '../health/dependency';
import { HealthController, ROLE } from '../health/health.controller';
import type { Role } from '../role/config';
import type { ModuleContext } from '../role/role-context';
import { LOGGER } from './logger';

export interface ServiceOptions {
  readonly role: Role;
  readonly context: ModuleContext;
  /** What `GET /health` tells of. */
  readonly dependencies?: readonly Dependency[];
}

const UNLOGGED_PATHS = ['/health', '/healthz', '/faults', '/metrics'];

/** What every role has on its HTTP port: `/health`, `/healthz` and `/faults`; and the providers they share. */
@Module({})
export class ServiceModule {
  static forRoot({ role, context, dependencies = [] }: ServiceOptions): DynamicModule {
    const { logger, live } = context;
    const { faults, requestLog } = context.config;
    const random = faults.seed === undefined ? Math.random : seededRandom(faults.seed);
    const state = new FaultState(Date.now, random);
    const settings: FaultSettings = { allowRemote: faults.allowRemote };
    state.setStanding(faults.standing);
    live.onChange(({ faults: changed }) => {
      state.setStanding(changed.standing);
      settings.allowRemote = changed.allowRemote;
    });
    const shared: Provider[] = [
      { provide: LOGGER, useValue: logger },
      { provide: FaultState, useValue: state },
    ];
    return {
      module: ServiceModule,
      global: true,
      imports: [
        TelemetryModule.forRoot({ logger, unloggedPaths: UNLOGGED_PATHS, bodies: requestLog }),
        // The links log by themselves, once when something is away, not at each look.
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController, FaultsController],
      providers: [
        ...shared,
        { provide: ROLE, useValue: role },
        { provide: DEPENDENCIES, useValue: dependencies },
        { provide: FAULT_SETTINGS, useValue: settings },
        { provide: HeapLeak, useValue: new HeapLeak(state) },
      ],
      exports: [LOGGER, FaultState, ROLE],
    };
  }
}
