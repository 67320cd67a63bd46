import { Controller, Get, Inject, Module, Res, type DynamicModule } from '@nestjs/common';
import type { Registry } from 'prom-client';

/** Whether the program can do its work now, and of which part that is said. */
export interface Readiness {
  readonly ready: boolean;
  /** Part → one word or short line, e.g. `{"otlp": "listening"}`. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface HealthOptions {
  readonly registry: Registry;
  readonly readiness: () => Readiness;
}

const HEALTH_OPTIONS = Symbol('HealthOptions');

/** The little of Express's response that is needed, so that this library does not depend on it. */
interface HttpResponse {
  status(code: number): HttpResponse;
  type(contentType: string): HttpResponse;
  send(body: unknown): unknown;
}

@Controller()
class HealthController {
  constructor(@Inject(HEALTH_OPTIONS) private readonly options: HealthOptions) {}

  /** The process answers: nothing else is claimed. */
  @Get('healthz')
  healthz(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  readyz(@Res() response: HttpResponse): void {
    const readiness = this.options.readiness();
    response.status(readiness.ready ? 200 : 503).send(readiness);
  }

  /** Prometheus text format. */
  @Get('metrics')
  async metrics(@Res() response: HttpResponse): Promise<void> {
    response
      .status(200)
      .type(this.options.registry.contentType)
      .send(await this.options.registry.metrics());
  }
}

/** `GET /healthz`, `/readyz` and `/metrics`, the same on every program. */
@Module({})
export class HealthModule {
  static forRoot(options: HealthOptions): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [{ provide: HEALTH_OPTIONS, useValue: options }],
    };
  }
}
