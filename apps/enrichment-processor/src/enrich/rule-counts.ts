/** Rule → reason → how often; plain numbers, since they are counted once for each record. */
export type CountsByRule = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * How often each rule added something, and why it did not. Names of rules and reasons are closed sets, so the
 * maps stay small; `Metrics` reads them when it is asked.
 */
export class RuleCounts {
  readonly enriched = new Map<string, Map<string, number>>();
  readonly missed = new Map<string, Map<string, number>>();
  /** Privacy rule → action. */
  readonly redacted = new Map<string, Map<string, number>>();

  hit(rule: string): void {
    increment(this.enriched, rule, '');
  }

  miss(rule: string, reason: string): void {
    increment(this.missed, rule, reason);
  }

  redact(rule: string, action: string): void {
    increment(this.redacted, rule, action);
  }
}

function increment(counts: Map<string, Map<string, number>>, rule: string, reason: string): void {
  let reasons = counts.get(rule);
  if (reasons === undefined) counts.set(rule, (reasons = new Map<string, number>()));
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
