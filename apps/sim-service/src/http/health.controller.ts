import { Controller, Get, Inject } from '@nestjs/common';

export const ROLE = Symbol('Role');

@Controller('health')
export class HealthController {
  constructor(@Inject(ROLE) private readonly role: string) {}

  @Get()
  health(): { status: 'ok'; role: string; uptimeSeconds: number } {
    return { status: 'ok', role: this.role, uptimeSeconds: Math.floor(process.uptime()) };
  }
}
