import { dirname, join, resolve } from 'node:path';
import { type ConfigProblem, configProblem, duration, loadEnvConfig, loadYamlConfig } from '@trace/runtime';
import { z } from 'zod';
import { type Catalogue, SERVICE_ATTRIBUTES, catalogueSchema } from './enrich/catalogue';
import { enrichSchema } from './enrich/enrich-config';
import { checkForward, forwardSchema } from './forward/forward-config';
import { hashKeyOf, privacyProblems } from './enrich/privacy/privacy-config';
import { checkReceive, receiveSchema } from './receive/receive-config';
import { workersSchema } from './workers/workers-config';

const DEFAULT_FILE = join(__dirname, '..', 'config', 'enrichment-processor.yaml');

const port = z.int().min(0).max(65535);
const host = z.string().min(1);

/** What the comments in config/enrichment-processor.yaml describe. Times are milliseconds, sizes bytes. */
export const configSchema = z.strictObject({
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('Lines below this level are left out.'),
    })
    .prefault({})
    .describe('JSON lines on standard output.'),
  http: z
    .strictObject({
      host: host.default('127.0.0.1').describe('Address to listen on.'),
      port: port.default(9464).describe('Port to listen on; 0 takes a free one.'),
    })
    .prefault({})
    .describe('GET /healthz, /readyz, /metrics and, on loopback, /debug/lookup.'),
  workers: workersSchema,
  receive: receiveSchema.describe('OTLP/gRPC in.'),
  enrich: enrichSchema.describe(
    'What is added, and what is taken away. May be changed while the program runs.',
  ),
  forward: forwardSchema.describe('OTLP/gRPC out.'),
  reload: z
    .strictObject({
      interval: duration()
        .prefault('5s')
        .describe('How often this file and the catalogue are looked at; a change is taken into use.'),
    })
    .prefault({})
    .describe('Changes while the program runs; SIGHUP asks for one at once.'),
  shutdown: z
    .strictObject({
      drain: duration()
        .prefault('10s')
        .describe(
          'Requests that are running get this long; then they are answered UNAVAILABLE and the sender tries again.',
        ),
    })
    .prefault({})
    .describe('The end of the program.'),
});

export type EnrichmentConfig = z.output<typeof configSchema>;

export interface LoadedConfig {
  /** The file that was read, to be named in messages. */
  readonly file: string;
  readonly config: EnrichmentConfig;
  readonly catalogueFile: string;
  readonly catalogue: Catalogue;
  /** For settings that name variables of their own, such as a key. */
  readonly env: NodeJS.ProcessEnv;
}

/** Reads the file that TRACE_ENRICHMENT_CONFIG names, or the one that ships, and the catalogue beside it. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const { TRACE_ENRICHMENT_CONFIG: file } = loadEnvConfig(
    z.object({ TRACE_ENRICHMENT_CONFIG: z.string().default(DEFAULT_FILE) }),
    env,
  );
  const config = loadYamlConfig(file, configSchema, env, (whole) => checkTogether(file, whole, env));
  const catalogueFile = resolve(dirname(file), config.enrich.catalogue);
  return { file, config, catalogueFile, catalogue: loadYamlConfig(catalogueFile, catalogueSchema), env };
}

/** What one value alone cannot show. */
function checkTogether(
  file: string,
  { receive, enrich, forward }: EnrichmentConfig,
  env: NodeJS.ProcessEnv,
): ConfigProblem[] {
  const reserved = Object.keys(enrich.attributes)
    .filter((key) => SERVICE_ATTRIBUTES.includes(key))
    .map((key) =>
      configProblem(
        file,
        `enrich.attributes["${key}"]`,
        key,
        'another name: this one comes from the catalogue',
      ),
    );
  const atLeastOneMessage = `at least receive.maxReceiveBytes (${receive.maxReceiveBytes} bytes)`;
  const tooSmall =
    enrich.maxOutputBytes < receive.maxReceiveBytes
      ? [configProblem(file, 'enrich.maxOutputBytes', enrich.maxOutputBytes, atLeastOneMessage)]
      : [];
  return [
    ...checkReceive(file, receive),
    ...reserved,
    ...tooSmall,
    ...privacyProblems(file, 'enrich.privacy', enrich.privacy, hashKeyOf(enrich.privacy, env)),
    ...checkForward(file, forward),
  ];
}
