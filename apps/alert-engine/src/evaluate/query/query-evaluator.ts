import type { Program } from '@trace/runtime';
import type { Clock } from '../../clock';
import type { GroupKey, Labels } from '../group-labels';
import type { Judgement } from '../judgement';
import type { QueryRule, RuleGroup } from '../rule';
import { serviceContext } from '../service-context';
import type { PrometheusClient, QueriedSeries } from './prometheus-client';
import { seriesKey, seriesLabels } from './series-labels';

/** How a rule's last query went. */
export interface QueryHealth {
  readonly health: 'ok' | 'err';
  readonly lastError?: string;
  readonly seconds: number;
  readonly atMillis: number;
}

export interface QueryParts {
  readonly client: Pick<PrometheusClient, 'query'>;
  /** Series beyond it are counted and not judged. */
  readonly maxSeriesPerRule: number;
  readonly logger: Program['logger'];
  readonly clock: Clock;
  readonly onQuery: (outcome: 'success' | 'failure', seconds: number) => void;
  readonly onNotJudged: (rule: string, series: number) => void;
}

/** What is done with what the queries say. */
export interface QueryJudge {
  /** The groups of which the rule has an alert. */
  alertsOf(ruleId: string): readonly GroupKey[];
  judge(judgements: readonly Judgement[]): void;
}

/**
 * Asks the query rules, group by group, each at its group's interval, one rule after the other as Prometheus
 * does. A query that fails changes no alert: it is said once, and shown as the rule's health.
 */
export class QueryEvaluator {
  readonly #health = new Map<string, QueryHealth>();
  #stopped = new AbortController();
  #judge: QueryJudge | undefined;
  #askedSinceMillis: number | undefined;
  #lastAnswerMillis: number | undefined;

  constructor(private readonly parts: QueryParts) {}

  start(groups: readonly RuleGroup[], judge: QueryJudge): void {
    this.#judge = judge;
    this.setRules(groups);
  }

  /** Replaces the rules, and asks them at once. Nothing is asked before `start`. */
  setRules(groups: readonly RuleGroup[]): void {
    const judge = this.#judge;
    if (judge === undefined) return;
    this.stop();
    this.#stopped = new AbortController();
    const { signal } = this.#stopped;
    const all = groups.map(({ rules, intervalMillis }) => ({
      rules: rules.filter((rule) => rule.type === 'query'),
      intervalMillis,
    }));
    const isAsking = all.some(({ rules }) => rules.length > 0);
    if (!isAsking) this.#lastAnswerMillis = this.#askedSinceMillis = undefined;
    else this.#askedSinceMillis ??= this.parts.clock.now();
    const ids = new Set(all.flatMap(({ rules }) => rules.map(({ id }) => id)));
    for (const id of this.#health.keys()) if (!ids.has(id)) this.#health.delete(id);
    for (const { rules, intervalMillis } of all) {
      if (rules.length > 0) void this.#run(rules, intervalMillis, judge, signal);
    }
  }

  health(ruleId: string): QueryHealth | undefined {
    return this.#health.get(ruleId);
  }

  /** When a query was answered last, or the asking began; undefined where nothing is asked. */
  get unansweredSinceMillis(): number | undefined {
    return this.#lastAnswerMillis ?? this.#askedSinceMillis;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(
    rules: readonly QueryRule[],
    intervalMillis: number,
    judge: QueryJudge,
    stopped: AbortSignal,
  ): Promise<void> {
    while (!stopped.aborted) {
      const next = this.#passed(intervalMillis, stopped);
      for (const rule of rules) await this.#ask(rule, judge, stopped);
      await next;
    }
  }

  /** Resolves after that time, or at once when all is stopped. */
  #passed(millis: number, stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(millis, done);
      function done(): void {
        cancel();
        stopped.removeEventListener('abort', done);
        resolve();
      }
      stopped.addEventListener('abort', done);
    });
  }

  async #ask(rule: QueryRule, judge: QueryJudge, stopped: AbortSignal): Promise<void> {
    const started = performance.now();
    let judgements: Judgement[] = [];
    let failure: string | undefined;
    try {
      judgements = this.#judgements(rule, await this.parts.client.query(rule.expr, stopped), judge);
    } catch (error) {
      failure = reasonOf(error);
    }
    // The rules are others by now, or the program ends: what this one said counts no more.
    if (stopped.aborted) return;
    const seconds = (performance.now() - started) / 1000;
    this.parts.onQuery(failure === undefined ? 'success' : 'failure', seconds);
    this.#note(rule, failure, seconds);
    judge.judge(judgements);
  }

  #judgements(rule: QueryRule, series: readonly QueriedSeries[], judge: QueryJudge): Judgement[] {
    const { maxSeriesPerRule, onNotJudged, clock } = this.parts;
    const values = new Map(series.map(({ metric, value }) => [seriesKey(metric), value]));
    // As in Prometheus: without the metrics' names two series may be one, and nobody knows which is meant.
    if (values.size < series.length) throw new Error('two series of the answer have the same labels');
    if (values.size > maxSeriesPerRule) onNotJudged(rule.alert, values.size - maxSeriesPerRule);
    const nowMillis = clock.now();
    const judgement = (groupKey: GroupKey, value: number | undefined): Judgement => {
      const labels: Labels = seriesLabels(groupKey) ?? {};
      const evidence = { value: value ?? 0, count: 1, eventTimeMillis: nowMillis, traceIds: [], lines: [] };
      return {
        rule,
        groupKey,
        labels,
        verdict: value === undefined ? 'good' : 'breach',
        service: serviceContext((attribute) => labels[attribute.replaceAll('.', '_')]),
        receivedAtMillis: nowMillis,
        watermarkMillis: nowMillis,
        evidence: () => evidence,
      };
    };
    const known = judge.alertsOf(rule.id);
    const gone = known.filter((groupKey) => !values.has(groupKey));
    // Alerts that are there go before new ones, so that the limit ends none.
    const seats = new Set([...known.filter((groupKey) => values.has(groupKey)), ...values.keys()]);
    return [
      ...gone.map((groupKey) => judgement(groupKey, undefined)),
      ...[...seats].slice(0, maxSeriesPerRule).map((groupKey) => judgement(groupKey, values.get(groupKey))),
    ];
  }

  #note(rule: QueryRule, lastError: string | undefined, seconds: number): void {
    const before = this.#health.get(rule.id)?.lastError;
    // A server that is away fails every rule alike, and is said once.
    const isAlone = (reason: string): boolean =>
      ![...this.#health].some(([id, health]) => id !== rule.id && health.lastError === reason);
    const atMillis = this.parts.clock.now();
    this.#health.set(rule.id, {
      seconds,
      atMillis,
      ...(lastError === undefined ? { health: 'ok' } : { health: 'err', lastError }),
    });
    if (lastError === undefined) this.#lastAnswerMillis = atMillis;
    const { logger } = this.parts;
    const { alert } = rule;
    if (lastError === undefined && before !== undefined && isAlone(before))
      logger.info({ alert }, 'the query is answered again');
    if (lastError !== undefined && before === undefined && isAlone(lastError)) {
      logger.warn({ alert, reason: lastError }, 'the query is not answered; its alerts stay as they are');
    }
  }
}

/** fetch says only "fetch failed"; what happened is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
