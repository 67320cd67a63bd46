import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@trace/telemetry/testing';
import { executableIn, root } from '../../support/paths.ts';
import { ServerProcess } from '../../support/server-process.ts';

/** A real Loki with the platform's configuration on ports of its own. */
export async function prepareLoki(): Promise<ServerProcess> {
  const grpcPort = await freePort();
  return ServerProcess.prepare((folder, port) => ({
    executable: executableIn('TRACE_BIN_LOKI'),
    args: [
      `-config.file=${join(root, 'backends/loki/loki.yaml')}`,
      '-config.expand-env=true',
      `-server.http-listen-port=${port}`,
      `-server.grpc-listen-port=${grpcPort}`,
    ],
    env: { TRACE_DATA_DIR: join(folder, 'data') },
    data: join(folder, 'data'),
  }));
}

/** A real Collector that takes logs over OTLP/HTTP and, as the platform's, keeps them on disk for Loki. */
export function prepareCollector(loki: ServerProcess): Promise<ServerProcess> {
  return ServerProcess.prepare((folder, port) => {
    const file = join(folder, 'collector.yaml');
    const data = join(folder, 'queue');
    writeFileSync(file, JSON.stringify(collectorConfig(port, loki.port, data)));
    return { executable: executableIn('TRACE_BIN_OTELCOL'), args: ['--config', file], env: {}, data };
  });
}

function collectorConfig(port: number, lokiPort: number, directory: string): object {
  return {
    extensions: { file_storage: { directory, create_directory: true } },
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      'otlp_http/loki': {
        endpoint: `http://127.0.0.1:${lokiPort}/otlp`,
        compression: 'none',
        retry_on_failure: {
          enabled: true,
          initial_interval: '250ms',
          max_interval: '1s',
          max_elapsed_time: '0s',
        },
        sending_queue: {
          enabled: true,
          storage: 'file_storage',
          num_consumers: 1,
          batch: { flush_timeout: '100ms', sizer: 'bytes', min_size: 65_536, max_size: 2_097_152 },
        },
      },
    },
    service: {
      extensions: ['file_storage'],
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: ['otlp'], exporters: ['otlp_http/loki'] } },
    },
  };
}
