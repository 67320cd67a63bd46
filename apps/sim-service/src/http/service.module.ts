import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { FaultState } from '../faults/fault-state';
import { FaultsController } from '../faults/faults.controller';
import { FAULT_SETTINGS } from '../faults/loopback.guard';
import { seededRandom } from '../faults/random';
import type { Role } from '../role/config';
import { HealthController, ROLE } from './health.controller';
import { LOGGER } from './logger';

export interface ServiceOptions {
  readonly role: Role;
  readonly logger: Logger;
  readonly faults: Config['faults'];
  /** What answers `GET /health`, for a role whose health is more than to be there. */
  readonly health?: Type;
}

/** What every role has on its HTTP port: `/health` and `/faults`; and the providers they share. */
@Module({})
export class ServiceModule {
  static forRoot({ role, logger, faults, health = HealthController }: ServiceOptions): DynamicModule {
    const random = faults.seed === undefined ? Math.random : seededRandom(faults.seed);
    const shared: Provider[] = [
      { provide: LOGGER, useValue: logger },
      { provide: FaultState, useValue: new FaultState(Date.now, random) },
    ];
    return {
      module: ServiceModule,
      global: true,
      controllers: [health, FaultsController],
      providers: [
        ...shared,
        { provide: ROLE, useValue: role },
        { provide: FAULT_SETTINGS, useValue: faults },
      ],
      exports: [LOGGER, FaultState, ROLE],
    };
  }
}
