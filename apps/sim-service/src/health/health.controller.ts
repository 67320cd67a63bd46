import { Controller, Get, HttpStatus, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import type { Response } from 'express';
import type { z } from 'zod';
import { DEPENDENCIES, type Dependency } from './dependency';
import type { health, liveness } from './health.schema';

export const ROLE = Symbol('Role');

type Health = z.output<typeof health>;

/** The same in every role; what differs is what it depends on. */
@Controller()
export class HealthController {
  constructor(
    @Inject(ROLE) private readonly role: string,
    @Inject(DEPENDENCIES) private readonly dependencies: readonly Dependency[],
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** 503 while something is away that the role needs. */
  @Get('health')
  @HealthCheck({ swaggerDocumentation: false })
  async health(@Res({ passthrough: true }) response: Response): Promise<object> {
    const { status, info = {}, error = {}, details } = await this.check();
    response.status(status === 'ok' ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    const answer: Record<keyof Health, unknown> = {
      status,
      role: this.role,
      uptimeSeconds: Math.floor(process.uptime()),
      info,
      error,
      details,
    };
    return answer;
  }

  /** For whoever would start it anew: that helps against nothing that is away. */
  @Get('healthz')
  liveness(): z.output<typeof liveness> {
    return { status: 'ok' };
  }

  private async check(): Promise<HealthCheckResult> {
    try {
      return await this.checks.check(this.dependencies.map((dependency) => () => this.indicate(dependency)));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const result = error.getResponse() as HealthCheckResult;
      if (result.status === 'shutting_down' || this.lacks(result)) return result;
      return { ...result, status: 'ok' };
    }
  }

  private lacks({ error = {} }: HealthCheckResult): boolean {
    return this.dependencies.some(({ name, isRequired }) => isRequired && name in error);
  }

  private indicate({ name, isRequired, state, peer }: Dependency): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    const { system, address, port } = peer;
    const facts = { state, required: isRequired, system, address: `${address}:${port}` };
    return state === 'disconnected' ? indicator.down(facts) : indicator.up(facts);
  }
}
