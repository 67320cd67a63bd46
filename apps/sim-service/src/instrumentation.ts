import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTelemetry, type Telemetry } from '@trace/telemetry';
import { givenRole, isRole } from './role/config';

/**
 * The first import of main.ts. The load generator is not instrumented: a person who follows a trace
 * wants the gateway as its root, not the tool that made the request.
 */
export const telemetry: Telemetry | undefined = start();

function start(): Telemetry | undefined {
  const role = givenRole();
  if (!isRole(role) || role === 'load') return undefined;
  return startTelemetry({
    serviceName: role,
    serviceNamespace: 'sample-services',
    serviceVersion: version(),
    untracedPaths: ['/faults', '/openapi.json'],
    // libs/telemetry's MessagingTracer makes the spans of messages, with the current attribute names.
    tracedByHand: ['amqplib'],
    // What it says about the road would go round in circles on it.
    logsStraight: role === 'log-forwarder',
  });
}

function version(): string {
  const text = readFileSync(join(__dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
