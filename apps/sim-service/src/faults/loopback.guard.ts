import { BlockList, isIPv6 } from 'node:net';
import {
  ForbiddenException,
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';

/** Changes while the role runs. */
export interface FaultSettings {
  allowRemote: boolean;
}

export const FAULT_SETTINGS = Symbol('FaultSettings');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Faults are for the machine's own user, unless the configuration opens them. */
@Injectable()
export class LoopbackGuard implements CanActivate {
  constructor(@Inject(FAULT_SETTINGS) private readonly settings: FaultSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const address = context.switchToHttp().getRequest<Request>().socket.remoteAddress;
    if (this.settings.allowRemote || isLoopback(address)) return true;
    throw new ForbiddenException('faults are taken from loopback only; faults.allowRemote opens them');
  }
}

export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
