import type { Clock } from '../clock.ts';
import type { Terminal } from '../terminal/terminal.ts';

const gateway = 'http://127.0.0.1:8080';
const logSimulator = 'http://127.0.0.1:8070';
const tempo = 'http://127.0.0.1:3200';
const loki = 'http://127.0.0.1:3100';
const prometheus = 'http://127.0.0.1:9090';
const alertEngine = 'http://127.0.0.1:8090';

const traceDeadlineMillis = 30_000;

export function addressLines(terminal: Terminal): string[] {
  const line = (what: string, where: string): string => `  ${what.padEnd(34)} ${where}`;
  return [
    '',
    terminal.paint('bold', 'Addresses'),
    line('your services send OTLP to', '127.0.0.1:4317 (gRPC), http://127.0.0.1:4318 (HTTP)'),
    line('sample API', `${gateway}/api/v1/users`),
    line('log simulator', logSimulator),
    line('alerts: console and API', alertEngine),
    line('traces (Tempo)', tempo),
    line('logs (Loki)', loki),
    line('metrics (Prometheus)', prometheus),
    '',
  ];
}

/** One request through the sample services and how to look up each kind of what came of it. */
export async function lookUpLines(terminal: Terminal, clock: Clock, signal: AbortSignal): Promise<string[]> {
  const traceId = await requestUntilAnswered(clock, signal);
  if (traceId === undefined) return ['No example look-ups: the gateway does not answer with a trace id.'];
  const found = await waitForTrace(traceId, clock, signal);
  const heading = found
    ? 'Look-ups for a request that was just made'
    : 'Look-ups (Tempo does not have the trace yet)';
  const example = (what: string, ...curl: string[]): string[] => [
    `  ${terminal.paint('dim', `# ${what}`)}`,
    `  ${curl.join(' ')}`,
  ];
  const logQuery = `{service_name=~".+"} | trace_id="${traceId}"`;
  return [
    '',
    terminal.paint('bold', heading),
    ...example('the trace', `curl -s ${tempo}/api/traces/${traceId}`),
    ...example(
      'its log lines',
      `curl -sG ${loki}/loki/api/v1/query_range --data-urlencode 'query=${logQuery}'`,
    ),
    ...example(
      'requests by route',
      `curl -sG ${prometheus}/api/v1/query --data-urlencode 'query=sum by (service, http_route) (traces_spanmetrics_calls_total)'`,
    ),
    ...example('alerts', `curl -s ${alertEngine}/api/v1/alerts`),
  ];
}

/** The trace id from the response's Server-Timing header (W3C trace context, level 3 draft). */
export function traceIdOf(serverTiming: string | null): string | undefined {
  return /trace;desc="?00-([0-9a-f]{32})-/.exec(serverTiming ?? '')?.[1];
}

/** Its trace id; undefined when none is answered with one in time. */
async function requestUntilAnswered(clock: Clock, signal: AbortSignal): Promise<string | undefined> {
  const deadline = clock.now() + traceDeadlineMillis;
  for (;;) {
    const traceId = await sendRequest();
    if (traceId !== undefined || clock.now() >= deadline || signal.aborted) return traceId;
    await clock.wait(500, signal);
  }
}

async function sendRequest(): Promise<string | undefined> {
  try {
    const response = await fetch(`${gateway}/api/v1/users`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return traceIdOf(response.headers.get('server-timing'));
  } catch {
    return undefined;
  }
}

async function waitForTrace(traceId: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const deadline = clock.now() + traceDeadlineMillis;
  while (clock.now() < deadline && !signal.aborted) {
    const response = await fetch(`${tempo}/api/traces/${traceId}`, {
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok === true) return true;
    await clock.wait(500, signal);
  }
  return false;
}
