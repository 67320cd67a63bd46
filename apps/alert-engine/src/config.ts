import { configProblem, ConfigError, loadEnvConfig, loadYamlConfig } from '@trace/runtime';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { configSchema, httpUrl, type AlertEngineConfig } from './config-schema';
import type { RuleGroup } from './evaluate/rule';
import { loadRuleFiles } from './evaluate/rule-file';

const DEFAULT_FILE = join(__dirname, '..', 'config', 'alert-engine.yaml');

const envSchema = z.object({
  TRACE_ALERT_CONFIG: z.string().default(DEFAULT_FILE),
  TRACE_HOME: z.string().default('.trace'),
  TRACE_WEBHOOK_URL: httpUrl.optional(),
  TRACE_ALERT_DATABASE_URL: z.string().default(''),
});

export interface LoadedConfig {
  /** The file that was read, to be named in messages. */
  readonly file: string;
  readonly config: AlertEngineConfig;
  readonly stateFile: string;
  readonly ruleFiles: readonly string[];
  readonly ruleGroups: readonly RuleGroup[];
}

/** The receiver that TRACE_WEBHOOK_URL adds to the route. */
const ENV_RECEIVER = 'webhook';

/**
 * Reads the file that TRACE_ALERT_CONFIG names, or the one that ships, and the rule files that it names.
 * @throws ConfigError with one problem for each mistake in the first of them that has any.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const variables = loadEnvConfig(envSchema, env);
  const { TRACE_ALERT_CONFIG: file, TRACE_HOME, TRACE_WEBHOOK_URL } = variables;
  const config = withEnvReceiver(loadYamlConfig(file, configSchema, env), TRACE_WEBHOOK_URL);
  checkTogether(file, config);
  if (variables.TRACE_ALERT_DATABASE_URL !== '' && config.state.database.url === undefined) {
    // Else the state would be in a file that may be gone with the pod.
    const expected = '${env:TRACE_ALERT_DATABASE_URL:-}, as that variable is set';
    throw new ConfigError([configProblem(file, 'state.database.url', undefined, expected)]);
  }
  const ruleFiles = config.evaluate.rules.map((name) => resolve(dirname(file), name));
  return {
    file,
    config,
    stateFile: config.state.file ?? join(TRACE_HOME, 'data', 'alert-engine', 'state.sqlite'),
    ruleFiles,
    ruleGroups: loadRuleFiles(ruleFiles),
  };
}

function withEnvReceiver(config: AlertEngineConfig, url: string | undefined): AlertEngineConfig {
  if (url === undefined) return config;
  const receiver = { name: ENV_RECEIVER, webhook: { url }, sendResolved: true };
  const routed = config.route.receivers.filter((name) => name !== ENV_RECEIVER);
  return {
    ...config,
    receivers: [...config.receivers.filter(({ name }) => name !== ENV_RECEIVER), receiver],
    route: { ...config.route, receivers: [...routed, ENV_RECEIVER] },
  };
}

/** What one value alone cannot show. */
function checkTogether(file: string, { ingest, receivers, route, state }: AlertEngineConfig): void {
  const names = receivers.map(({ name }) => name);
  const twins = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [configProblem(file, `receivers[${index}].name`, name, 'a name that no other receiver has')],
  );
  const strangers = route.receivers.flatMap((name, index) =>
    names.includes(name)
      ? []
      : [configProblem(file, `route.receivers[${index}]`, name, 'the name of a receiver', names)],
  );
  const { maxInFlightBytes, maxReceiveBytes } = ingest;
  const expected = `at least ingest.maxReceiveBytes (${maxReceiveBytes} bytes)`;
  const tooSmall =
    maxInFlightBytes >= maxReceiveBytes
      ? []
      : [configProblem(file, 'ingest.maxInFlightBytes', maxInFlightBytes, expected)];
  const oneOfTwo = 'nothing, as the state is in the database of state.database.url, or no such URL';
  const twoPlaces =
    state.file === undefined || state.database.url === undefined
      ? []
      : [configProblem(file, 'state.file', state.file, oneOfTwo)];
  const problems = [...twins, ...strangers, ...tooSmall, ...twoPlaces];
  if (problems.length > 0) throw new ConfigError(problems);
}
