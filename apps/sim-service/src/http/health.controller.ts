import { Controller, Get, Inject } from '@nestjs/common';
import { z } from 'zod';

export const ROLE = Symbol('Role');

export const health = z.strictObject({
  status: z.literal('ok'),
  role: z.string(),
  uptimeSeconds: z.int().min(0),
});

@Controller('health')
export class HealthController {
  constructor(@Inject(ROLE) private readonly role: string) {}

  @Get()
  health(): z.output<typeof health> {
    return { status: 'ok', role: this.role, uptimeSeconds: Math.floor(process.uptime()) };
  }
}
