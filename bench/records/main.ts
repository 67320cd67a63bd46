import { PrivacyRules } from '@trace/enrichment-processor/dist/enrich/privacy/privacy-rules.js';
import { privacySchema } from '@trace/enrichment-processor/dist/enrich/privacy/privacy-config.js';
import { CompiledRecordRules, type PrivacyFilter, type RecordRule, rewriteRecords } from '@trace/otlp';
import { describeMachine } from '../shared/machine.ts';
import { ATTRIBUTES_PER_SPAN, SPANS, encodePayload } from '../shared/payload.ts';
import { median, summary } from '../shared/statistics.ts';

/**
 * What the default privacy rules cost a span, on one thread without a network: when no credential is in the
 * request, when one is in every eighth span, and when everything is walked instead of looking for triggers.
 */

const ROUNDS = 9;
const ROUND_MILLIS = 300;
const LIMITS = {
  maxRecords: 100_000,
  maxAttributesPerRecord: 1000,
  maxBodyBytes: 65_536,
  maxValueDepth: 64,
  maxOutputBytes: 64 * 1024 * 1024,
};

const clean = encodePayload();
/** The same but for one value in every eighth span, which ends a URL with a signature now. */
const withTokens = Buffer.from(clean);
const EVERY = 8 * ATTRIBUTES_PER_SPAN;
for (let at = clean.indexOf('value-'), index = 0; at >= 0; at = clean.indexOf('value-', at + 1), index += 1) {
  if (index % EVERY === EVERY - 1) withTokens.write('?sig=', at, 'latin1');
}

const rules = new PrivacyRules(privacySchema.parse({}), undefined, { count: () => undefined });
const everything: PrivacyFilter = {
  triggers: undefined,
  keyRule: (key) => rules.keyRule(key),
  text: (text) => rules.text(text),
};
const DERIVED = { attributes: { 'geo.country.iso_code': 'DE' } };
const constant: RecordRule = {
  name: 'static',
  signals: ['traces'],
  wantedKeys: [],
  readsBody: false,
  derive: () => DERIVED,
};

const subjects: Record<string, () => Buffer> = {};
const scanned = new CompiledRecordRules([], rules);
const walked = new CompiledRecordRules([], everything);
const derived = new CompiledRecordRules([constant]);
subjects['nothing to hide'] = () => rewriteRecords('traces', clean, scanned, LIMITS);
subjects['a secret in every 8th span'] = () => rewriteRecords('traces', withTokens, scanned, LIMITS);
subjects['everything walked'] = () => rewriteRecords('traces', clean, walked, LIMITS);
subjects['an attribute added to each span'] = () => rewriteRecords('traces', clean, derived, LIMITS);

/** Nanoseconds of CPU time a span. */
function measure(run: () => Buffer): number {
  const until = Date.now() + ROUND_MILLIS;
  const started = process.cpuUsage();
  let runs = 0;
  while (Date.now() < until) {
    run();
    runs += 1;
  }
  const { user, system } = process.cpuUsage(started);
  return ((user + system) * 1000) / (runs * SPANS);
}

if (rewriteRecords('traces', withTokens, scanned, LIMITS) === withTokens)
  throw new Error('nothing was found');
const results = new Map(Object.keys(subjects).map((name) => [name, [] as number[]]));
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(subjects)) {
    const nanos = measure(run);
    if (round > 0) results.get(name)?.push(nanos); // the first is the warm-up
  }
}
console.log(`Machine: ${describeMachine()}`);
console.log(
  `Payload: ${SPANS} spans in ${clean.length.toLocaleString('en-US')} bytes; ${ROUNDS} rounds in turns\n`,
);
for (const [name, nanos] of results) {
  const perSecond = Math.round(1e9 / median(nanos)).toLocaleString('en-US');
  console.log(`${name.padEnd(34)} ${summary(nanos)} ns a span, ${perSecond} spans a CPU-second`);
}
