import { Module, type DynamicModule } from '@nestjs/common';
import { HealthModule, type Readiness } from '@trace/runtime';
import { API_SOURCE, ApiController, type ApiSource } from './http/api.controller';
import type { Metrics } from './metrics';

export interface AppOptions {
  readonly source: ApiSource;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
}

/** The HTTP edge. Everything behind it is plain classes that create-engine.ts puts together. */
@Module({})
export class AppModule {
  static forRoot({ source, metrics, readiness }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [HealthModule.forRoot({ registry: metrics.registry, readiness })],
      controllers: [ApiController],
      providers: [{ provide: API_SOURCE, useValue: source }],
    };
  }
}
