import { isIP } from 'node:net';
import { HttpProblem, isLoopback, isLoopbackName, type Page, sendJson } from '@trace/runtime';
import type { Lookup } from './lookup';

export const LOOKUP_PATH = '/debug/lookup';

/**
 * `GET /debug/lookup?ip=10.1.2.3` (or any resource attribute, `?service.name=users`): what would be added to
 * telemetry of such a resource, and why or why not. It tells of every pod in the cluster, so it answers only
 * on loopback: `kubectl port-forward`, or `kubectl exec`.
 */
export function lookupPage(lookup: Lookup): Page {
  return onLoopbackOnly((_request, response, query) => {
    const { ip, ...attributes } = Object.fromEntries(query);
    if (ip !== undefined && isIP(ip) === 0) {
      throw new HttpProblem(400, `ip: got "${ip}", expected an address such as 10.1.2.3`);
    }
    if (ip === undefined && Object.keys(attributes).length === 0) {
      throw new HttpProblem(
        400,
        'nothing is set, expected ?ip=10.1.2.3 or a resource attribute, ?service.name=users',
      );
    }
    sendJson(response, 200, lookup.explain(attributes, ip));
  });
}

/** Refuses what comes from elsewhere, or by a name that a page elsewhere could use. */
export function onLoopbackOnly(page: Page): Page {
  return (request, response, query) => {
    if (!isLoopback(request.socket.remoteAddress) || !isLoopbackName(request.headers.host)) {
      throw new HttpProblem(403, `${LOOKUP_PATH} answers on loopback only`);
    }
    return page(request, response, query);
  };
}
