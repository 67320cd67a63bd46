import { isDeepStrictEqual } from 'node:util';
import { AttributeAdditions } from '../enrich/attribute-additions';
import { addResourceAttributes } from '../enrich/add-resource-attributes';
import { WantedKeys } from '../enrich/wanted-keys';
import type { RecordLimits } from '../records/derive';
import { CompiledRecordRules, rewriteRecords } from '../records/rewrite-records';
import type { Signal } from '../signal';
import { OtlpError } from '../status/otlp-error';
import { decodingType } from './otlp-schema';
import { decode } from './reference';
import { referenceAdd } from './reference-add';
import { referenceDerive } from './reference-derive';
import { contentOf, referenceRedact } from './reference-records';
import { TestFilter } from './test-filter';
import { TEST_RULES } from './test-rules';

const LIMITS: RecordLimits = {
  maxRecords: 100_000,
  maxAttributesPerRecord: 10_000,
  maxBodyBytes: 64 * 1024,
  maxValueDepth: 64,
  maxOutputBytes: 16 * 1024 * 1024,
};
const RESOURCE_LIMITS = {
  maxResources: 10_000,
  maxAttributesPerResource: 10_000,
  maxOutputBytes: 16 * 1024 * 1024,
};

const STATIC = {
  'cloud.region': 'eu-central-1',
  zap: 'a SECRET',
  list: ['x', 'SECRET'],
  share: { double: 1 },
};
const NAMED = { ...STATIC, 'service.owner': 'someone', 'mask-me': 'soon' };
const additions = { static: new AttributeAdditions(STATIC), named: new AttributeAdditions(NAMED) };
const source = {
  wanted: new WantedKeys(['service.name']),
  additionsFor: (resource: { get(key: string): string | undefined }): AttributeAdditions =>
    resource.get('service.name') === 'plain' ? additions.named : additions.static,
};
const filter = new TestFilter({ triggers: true });
const rules = new CompiledRecordRules(TEST_RULES, filter);

export type Verdict = 'same as the reference' | 'refused' | 'copied unread';

/** All that the processor does to a request: resource attributes, record rules, privacy. */
export function process(signal: Signal, request: Buffer): Buffer {
  return rewriteRecords(signal, addResourceAttributes(request, source, RESOURCE_LIMITS), rules, LIMITS);
}

/**
 * Processes any bytes at all.
 * @throws if that ends in anything but OtlpError INVALID_ARGUMENT or a request as the reference makes it
 */
export function checkRequest(signal: Signal, request: Buffer): Verdict {
  let processed: Buffer;
  try {
    processed = process(signal, request);
  } catch (thrown) {
    if (thrown instanceof OtlpError && thrown.code === 'INVALID_ARGUMENT') return 'refused';
    throw thrown;
  }
  let reference: unknown;
  try {
    const added = referenceAdd(signal, request, (name) => (name === 'plain' ? NAMED : STATIC));
    reference = contentOf(
      signal,
      referenceRedact(signal, referenceDerive(signal, added, TEST_RULES), filter),
    );
  } catch {
    return 'copied unread'; // malformed where neither rules nor the filter had to look
  }
  if (!isDeepStrictEqual(contentOf(signal, processed), reference)) throw new Error('not as the reference');
  expectNothingLeft(decode(decodingType(signal), processed));
  return 'same as the reference';
}

interface MaybeAttribute {
  readonly key?: unknown;
  readonly value?: { readonly value?: string; readonly stringValue?: Uint8Array };
}

/** What a receiver makes of it: no text and no attribute that a rule of the test filter is about. */
function expectNothingLeft(decoded: unknown): void {
  if (decoded instanceof Uint8Array) {
    const text = Buffer.from(decoded).toString('latin1');
    if (/SECRET|BANISH|zap/.test(text)) throw new Error(`"${text}" is left`);
  } else if (typeof decoded === 'object' && decoded !== null) {
    const { key, value } = decoded as MaybeAttribute;
    if (key instanceof Uint8Array) expectRuled(Buffer.from(key).toString('latin1').toLowerCase(), value);
    for (const [name, field] of Object.entries(decoded)) {
      if (!/^(trace|span|parentSpan)Id$/.test(name)) expectNothingLeft(field); // ids are no text
    }
  }
}

function expectRuled(key: string, value: MaybeAttribute['value']): void {
  const text = Buffer.from(value?.stringValue ?? []).toString();
  const masked = value?.value === undefined || text === '****';
  const hashed = value?.value === undefined || /^[0-9a-f]{64}$/.test(text);
  if (key === 'drop-me' || (key === 'mask-me' && !masked) || (key === 'hash-me' && !hashed)) {
    throw new Error(`attribute ${key} is left`);
  }
}
