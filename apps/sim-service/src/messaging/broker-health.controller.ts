import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { ROLE } from '../http/health.controller';
import { BROKER, type Broker } from './broker';

export const brokerHealth = z.strictObject({
  status: z.enum(['ok', 'unavailable']),
  role: z.string(),
  uptimeSeconds: z.int().min(0),
  broker: z.strictObject({
    system: z.enum(['nats', 'rabbitmq']),
    address: z.string().describe('host:port'),
    state: z.enum(['connected', 'disconnected']),
  }),
});

/** `GET /health` of a role that is of use only with its broker: 503 while that is away. */
@Controller('health')
export class BrokerHealthController {
  constructor(
    @Inject(ROLE) private readonly role: string,
    @Inject(BROKER) private readonly broker: Pick<Broker, 'peer' | 'state'>,
  ) {}

  @Get()
  health(@Res() response: Response): void {
    const { state, peer } = this.broker;
    const isConnected = state === 'connected';
    response.status(isConnected ? 200 : 503).json({
      status: isConnected ? 'ok' : 'unavailable',
      role: this.role,
      uptimeSeconds: Math.floor(process.uptime()),
      broker: { system: peer.system, address: `${peer.address}:${peer.port}`, state },
    });
  }
}
