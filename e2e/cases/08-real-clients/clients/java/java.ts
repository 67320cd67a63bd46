import { globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../../../../support/paths.ts';
import { cachedFolder } from '../../../../support/cached-folder.ts';
import { install, run } from '../../../../support/commands.ts';
import { type GivenUp, type RealClient, type Work, sdkEnvironment } from '../real-client.ts';

const HERE = join(root, 'e2e/cases/08-real-clients/clients/java');
const SEND_MILLIS = 600_000;

/**
 * What the agent logs of a batch whose last try found nobody listening. It makes five tries within about eight seconds
 * (opentelemetry-java 1.67.0, RetryPolicy's defaults). Any other failure that it logs is one that is not excused: of
 * all exceptions it retries those of sockets only (RetryState.isRetryableException), not a stream that was reset.
 */
const GAVE_UP =
  /Failed to export (\d+) (spans|logs)\. The request could not be executed\.\s+java\.net\.ConnectException:/g;

/** OpenTelemetry's Java agent with the sender it has by default, OkHttp; from Maven Central. */
export class JavaAgentClient implements RealClient {
  readonly name = 'OkHttp (Java agent)';
  readonly compressions = ['none', 'gzip'];
  readonly needs = ['java', 'javac', 'mvn'];
  #folder = '';

  async install(): Promise<void> {
    const recipe = ['pom.xml', 'Send.java'].map((file) => readFileSync(join(HERE, file), 'utf8')).join('');
    this.#folder = await cachedFolder('java', recipe, async (folder) => {
      const copy = ['-q', '-B', '-f', join(HERE, 'pom.xml'), 'dependency:copy-dependencies'];
      await install('mvn', [...copy, `-DoutputDirectory=${folder}`]);
      const compile = ['-d', folder, '-cp', join(folder, '*'), join(HERE, 'Send.java')];
      await install('javac', compile);
    });
  }

  async send(work: Work): Promise<GivenUp> {
    const [agent] = globSync(join(this.#folder, 'opentelemetry-javaagent-*.jar'));
    const properties = {
      perRound: work.perRound,
      rounds: work.rounds,
      pauseMillis: work.pauseMillis,
      paddingCharacters: work.paddingCharacters,
    };
    const args = [
      ...Object.entries(properties).map(([name, value]) => `-De2e.${name}=${value}`),
      `-javaagent:${agent}`,
      ...['-cp', [this.#folder, join(this.#folder, '*')].join(delimiter), 'Send'],
    ];
    const output = await run('java', args, {
      env: {
        ...sdkEnvironment(work),
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        OTEL_BSP_SCHEDULE_DELAY: '500',
        OTEL_BLRP_SCHEDULE_DELAY: '500',
        // Only what the program itself sends is counted.
        OTEL_INSTRUMENTATION_COMMON_DEFAULT_ENABLED: 'false',
        OTEL_INSTRUMENTATION_OPENTELEMETRY_API_ENABLED: 'true',
      },
      timeoutMillis: SEND_MILLIS,
      ...(work.until && { inputUntil: work.until }),
    });
    return gaveUp(output);
  }
}

/** Metrics are cumulative: what one export lacks, the next one has. */
function gaveUp(output: string): GivenUp {
  const counts = { traces: 0, logs: 0 };
  for (const [, count, what] of output.matchAll(GAVE_UP))
    counts[what === 'spans' ? 'traces' : 'logs'] += Number(count);
  return counts;
}
