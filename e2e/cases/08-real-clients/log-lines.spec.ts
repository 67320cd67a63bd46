import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnrichmentProcessor } from '../../support/enrichment-processor.ts';
import { type CapturedLog, OtlpCapture } from '../../support/otlp-capture.ts';
import { eventually } from '../../support/wait.ts';
import { collectorBinary } from './clients/collector/collector.ts';

const SERVICE = 'log-lines';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const LINES = [
  // nginx: `combined`, and `main` with who is behind the proxy.
  '193.0.6.139 - - [10/Oct/2026:13:55:36 +0200] "GET /orders/7?page=2 HTTP/1.1" 200 2326 "https://shop.example.com/" "curl/8.5.0"',
  '10.1.2.3 - frank [10/Oct/2026:13:55:37 +0200] "DELETE /orders/7 HTTP/2.0" 503 0 "-" "curl/8.5.0" "2001:4860:4860::8888"',
  `{"level":40,"time":1791633338123,"trace_id":"${TRACE_ID}","span_id":"${SPAN_ID}","sessionId":"s-1","userId":42,"msg":"slow"}`,
  'Server listening on port 8080',
];

describe('lines of a log file that the real Collector reads', () => {
  const capture = new OtlpCapture();
  const folder = mkdtempSync(join(tmpdir(), 'trace-e2e-lines-'));
  let processor: EnrichmentProcessor | undefined;
  let collector: ChildProcess | undefined;
  let logs: readonly CapturedLog[] = [];

  beforeAll(async () => {
    await capture.start();
    processor = new EnrichmentProcessor({
      downstream: capture.address,
      enrich: { logs: {}, geo: {}, session: {}, recordAttributes: [{ attributes: { 'e2e.kind': 'line' } }] },
    });
    await processor.start();
    const file = join(folder, 'collector.yaml');
    writeFileSync(join(folder, 'access.log'), `${LINES.join('\n')}\n`);
    writeFileSync(file, JSON.stringify(collectorConfig(join(folder, 'access.log'), processor.port)));
    collector = spawn(collectorBinary(), ['--config', file], { stdio: 'ignore' });
    logs = await eventually(
      'all lines',
      () => {
        const there = capture.logs(SERVICE);
        // A request that took too long is sent again, and its lines come twice.
        const bodies = new Set(there.map(({ body }) => body));
        if (bodies.size === LINES.length) return there;
        throw new Error(`${bodies.size} of ${LINES.length}`);
      },
      { timeoutMillis: 180_000 },
    );
  });
  afterAll(async () => {
    if (collector?.exitCode === null) {
      const closed = once(collector, 'close');
      collector.kill('SIGTERM');
      await closed;
    }
    await processor?.remove();
    await capture.stop();
    rmSync(folder, { recursive: true });
  });

  /** The record of a line; its body is the line, to the byte. */
  const recordOf = (line: number): CapturedLog => {
    const log = logs.find(({ body }) => body === LINES[line]);
    if (log === undefined) throw new Error(`no record has line ${line} as it was`);
    return log;
  };

  it('gives an access log line its HTTP attributes, its client’s country, severity and time', () => {
    expect(recordOf(0)).toMatchObject({
      timeUnixNano: BigInt(Date.parse('2026-10-10T11:55:36Z')) * 1_000_000n,
      severityNumber: 9,
      attributes: {
        'http.request.method': 'GET',
        'crud.operation': 'read',
        'url.path': '/orders/7',
        'url.query': 'page=2',
        'network.protocol.name': 'http',
        'network.protocol.version': '1.1',
        'http.response.status_code': 200,
        'http.response.body.size': 2326,
        'http.request.header.referer': ['https://shop.example.com/'],
        'user_agent.original': 'curl/8.5.0',
        'client.address': '193.0.6.139',
        'geo.country.iso_code': 'NL',
        'geo.continent.code': 'EU',
        'e2e.kind': 'line',
      },
    });
  });

  it('looks through a proxy', () => {
    expect(recordOf(1)).toMatchObject({
      severityNumber: 17,
      attributes: {
        'crud.operation': 'delete',
        'network.protocol.version': '2',
        'http.response.status_code': 503,
        'client.address': '2001:4860:4860::8888',
        'network.peer.address': '10.1.2.3',
        'geo.country.iso_code': 'US',
        'user.name': 'frank',
      },
    });
  });

  it('ties a line in JSON to its trace, session and user', () => {
    expect(recordOf(2)).toMatchObject({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      severityNumber: 13,
      severityText: 'warn',
      timeUnixNano: 1_791_633_338_123_000_000n,
      attributes: { 'session.id': 's-1', 'user.id': '42' },
    });
  });

  it('passes on what it does not know, and counts it', async () => {
    const { timeUnixNano, severityNumber, attributes } = recordOf(3);
    expect({ timeUnixNano, severityNumber }).toEqual({ timeUnixNano: 0n, severityNumber: 0 });
    expect(Object.keys(attributes).filter((key) => /^(http|url|geo|client)\./.test(key))).toEqual([]);
    const missed = await processor?.metric('trace_enrichment_missed_total', {
      rule: 'logs',
      reason: 'unmatched',
    });
    const arrived = capture.logs(SERVICE).filter(({ body }) => body === LINES[3]);
    expect(missed).toBe(arrived.length);
  });
});

function collectorConfig(logFile: string, port: number): unknown {
  return {
    receivers: {
      file_log: { include: [logFile], start_at: 'beginning', resource: { 'service.name': SERVICE } },
    },
    exporters: {
      // Longer than by default: what is given up and sent again is counted twice.
      otlp_grpc: {
        endpoint: `127.0.0.1:${port}`,
        compression: 'none',
        tls: { insecure: true },
        timeout: '60s',
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: ['file_log'], exporters: ['otlp_grpc'] } },
    },
  };
}
