import type { Signal } from '../signal';
import { type RecordLimits, SignalRules, derive } from './derive';
import { REQUEST_SHAPES } from './otlp-shape';
import { OutputLimitError } from './output-limit-error';
import type { PrivacyFilter } from './privacy-filter';
import type { RecordRule } from './record-rule';
import { redact } from './redact';
import { TriggerScan } from './trigger-scan';

/** Record rules and a privacy filter, made ready once for any number of requests. */
export class CompiledRecordRules {
  readonly #bySignal: Readonly<Record<Signal, SignalRules>>;
  readonly #scan: TriggerScan | undefined;

  constructor(
    rules: readonly RecordRule[],
    readonly privacy?: PrivacyFilter,
  ) {
    this.#bySignal = {
      traces: new SignalRules('traces', rules),
      logs: new SignalRules('logs', rules),
      metrics: new SignalRules('metrics', rules),
    };
    if (privacy?.triggers !== undefined) this.#scan = new TriggerScan(privacy.triggers);
  }

  /** @returns the input itself if nothing was derived */
  derive(signal: Signal, request: Buffer, limits: RecordLimits): Buffer {
    const rules = this.#bySignal[signal];
    return rules.rules.length === 0 ? request : derive(signal, request, rules, limits);
  }

  /** @returns the input itself if nothing had to be changed */
  redact(signal: Signal, request: Buffer, maxValueDepth: number): Buffer {
    if (this.privacy === undefined) return request;
    const occurrences = this.#scan?.find(request);
    if (occurrences?.none === true) return request;
    return redact(request, REQUEST_SHAPES[signal], this.privacy, occurrences, maxValueDepth);
  }
}

/**
 * Carries out record rules on every span, log record or data point of an encoded request, and then the privacy
 * filter on all of it: resources, scopes, records, events, links, exemplars, bodies, names and keys.
 *
 * Only what must be read is read: without record rules, and where no trigger of the privacy filter is, bytes
 * are copied as they are, malformed or not. Unknown fields are kept unread, so a future field of the protocol
 * must be added to `otlp-shape.ts` before rules apply to it.
 *
 * @returns the input itself if nothing had to be changed
 * @throws OutputLimitError for what would be over `maxOutputBytes`, OtlpError INVALID_ARGUMENT for malformed
 * bytes and for what is over another limit
 */
export function rewriteRecords(
  signal: Signal,
  request: Buffer,
  rules: CompiledRecordRules,
  limits: RecordLimits,
): Buffer {
  const derived = rules.derive(signal, request, limits);
  checkSize(derived, limits);
  const rewritten = rules.redact(signal, derived, limits.maxValueDepth);
  if (rewritten !== derived) checkSize(rewritten, limits);
  return rewritten;
}

function checkSize({ length }: Buffer, { maxOutputBytes }: RecordLimits): void {
  if (length > maxOutputBytes) throw new OutputLimitError(maxOutputBytes);
}
