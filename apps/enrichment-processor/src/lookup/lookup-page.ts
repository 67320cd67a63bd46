import { isIP } from 'node:net';
import { Controller, Get, HttpException, Query, Req } from '@nestjs/common';
import type { Attributes } from '@trace/otlp';
import { isLoopback, isLoopbackName } from './loopback';
import { Lookup } from './lookup';

/** The little of Express's request that is needed. */
interface HttpRequest {
  readonly socket: { readonly remoteAddress?: string };
  readonly headers: { readonly host?: string };
}

/**
 * `GET /debug/lookup?ip=10.1.2.3` (or any resource attribute, `?service.name=users`): what would be added to
 * telemetry of such a resource, and why or why not. It tells of every pod in the cluster, so it answers only
 * on loopback: `kubectl port-forward`, or `kubectl exec`.
 */
@Controller('debug')
export class LookupController {
  constructor(private readonly lookup: Lookup) {}

  @Get('lookup')
  explain(@Req() request: HttpRequest, @Query() query: Record<string, unknown>): { added: Attributes } {
    if (!isLoopback(request.socket.remoteAddress) || !isLoopbackName(request.headers.host)) {
      throw new HttpException('/debug/lookup answers on loopback only', 403);
    }
    const { ip, ...attributes } = textsOf(query);
    if (ip !== undefined && isIP(ip) === 0) {
      throw new HttpException(`ip: got "${ip}", expected an address such as 10.1.2.3`, 400);
    }
    if (ip === undefined && Object.keys(attributes).length === 0) {
      throw new HttpException(
        'nothing is set, expected ?ip=10.1.2.3 or a resource attribute, ?service.name=users',
        400,
      );
    }
    return this.lookup.explain(attributes, ip);
  }
}

function textsOf(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
