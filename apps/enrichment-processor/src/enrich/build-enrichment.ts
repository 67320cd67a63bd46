import { CompiledRecordRules, type RecordRule } from '@trace/otlp';
import type { LoadedConfig } from '../config';
import type { Enrichment } from './enricher';
import type { GeoDatabases } from './geo/geo-databases';
import { GeoSource } from './geo/geo-source';
import { LogRule } from './logs/log-rule';
import { hashKeyOf } from './privacy/privacy-config';
import { PrivacyRules } from './privacy/privacy-rules';
import { ResourceEnrichment, type ResourceSource } from './resource-enrichment';
import type { RuleCounts } from './rule-counts';
import { RecordAttributesRule } from './session/record-attributes-rule';
import { SessionRule } from './session/session-rule';

/** What outlives a reload of the configuration. */
export interface EnrichmentParts {
  readonly kubernetes: ResourceSource | undefined;
  readonly counts: RuleCounts;
  readonly geoDatabases: GeoDatabases;
  onGeoReload(file: string, error?: Error): void;
}

export interface BuiltEnrichment extends Enrichment {
  /** Ends the watch of the files that belong to this version. */
  stop(): void;
}

/**
 * Makes one version of what is added and taken away.
 * @throws ConfigError for what only shows when it is put together, such as a database that is not there
 */
export function buildEnrichment(loaded: LoadedConfig, parts: EnrichmentParts): BuiltEnrichment {
  const { file, config, catalogue, env } = loaded;
  const { enrich } = config;
  const { counts } = parts;
  const geo =
    enrich.geo &&
    new GeoSource(enrich.geo, file, parts.geoDatabases, {
      onLookup: (outcome) => {
        if (outcome === 'found') counts.hit('geo');
        else counts.miss('geo', outcome);
      },
      onReload: (error) => {
        parts.onGeoReload(geo?.file ?? '', error);
      },
    });
  const rules: RecordRule[] = [
    ...(enrich.logs === undefined ? [] : [logRule(enrich.logs, counts)]),
    ...(enrich.session === undefined ? [] : [counted(new SessionRule(enrich.session), counts)]),
    // After the logs rule, which finds the client's address.
    ...(geo === undefined ? [] : [geo.rule]),
    ...enrich.recordAttributes.map((attributes) => counted(new RecordAttributesRule(attributes), counts)),
  ];
  const { privacy } = enrich;
  const filter = privacy.enabled
    ? new PrivacyRules(privacy, hashKeyOf(privacy, env), {
        count: (rule, action) => {
          counts.redact(rule, action);
        },
      })
    : undefined;
  geo?.start();
  return {
    resources: new ResourceEnrichment(enrich.attributes, catalogue, parts.kubernetes, counts),
    records: new CompiledRecordRules(rules, filter),
    limits: { ...enrich, maxValueDepth: privacy.maxValueDepth },
    stop: () => geo?.stop(),
  };
}

/** A rule that has one reason not to add anything: there is nothing to take it from. */
function counted(rule: RecordRule, counts: RuleCounts): RecordRule {
  const { name, signals, wantedKeys, readsBody } = rule;
  return {
    name,
    signals,
    wantedKeys,
    readsBody,
    derive(record) {
      const derived = rule.derive(record);
      if (derived !== undefined) counts.hit(name);
      return derived;
    },
  };
}

function logRule(config: NonNullable<LoadedConfig['config']['enrich']['logs']>, counts: RuleCounts): LogRule {
  return new LogRule(config, (outcome) => {
    if (outcome === 'access_log' || outcome === 'json') counts.hit(`logs/${outcome}`);
    else counts.miss('logs', outcome);
  });
}
