import type { Program } from '@trace/runtime';
import type { Clock } from './clock';
import type { Evaluator } from './evaluate/evaluator';
import type { GroupKey } from './evaluate/group-labels';
import { formatThreshold } from './evaluate/condition';
import type { QueryEvaluator, QueryHealth } from './evaluate/query/query-evaluator';
import { streamingRules, type Rule, type RuleGroup } from './evaluate/rule';
import type { Judgement } from './evaluate/judgement';
import type { Metrics } from './metrics';
import type { Dispatcher } from './notify/dispatcher';
import { notificationsFor, type RouterOptions } from './notify/router';
import type { Alert } from './state/alert';
import { AlertBook, type Changes, type Transition } from './state/alert-book';
import type { DurableState, Snapshot, StateOwner } from './state/durable-state';
import { madeUpAlert, madeUpRule } from './state/made-up-alert';

export interface EngineParts {
  readonly evaluator: Evaluator;
  readonly queries: QueryEvaluator;
  readonly dispatcher: Dispatcher;
  readonly router: RouterOptions;
  readonly metrics: Metrics;
  readonly logger: Program['logger'];
  readonly clock: Clock;
}

const TEST_RULE = madeUpRule('TraceTestAlert', 'Somebody wants to see that alerts arrive; nothing is wrong.');

/** Carries what the rules say into alerts, what is stored and notifications. */
export class Engine implements StateOwner {
  readonly #book = new AlertBook();
  #state: Pick<DurableState, 'write'> = { write: () => undefined };
  #ruleGroups: readonly RuleGroup[];
  #lastTickMillis: number;
  #lastEvaluation: { readonly atMillis: number; readonly seconds: number } | undefined;

  constructor(
    private readonly parts: EngineParts,
    ruleGroups: readonly RuleGroup[],
  ) {
    this.#ruleGroups = ruleGroups;
    this.#lastTickMillis = parts.clock.now();
  }

  get ruleGroups(): readonly RuleGroup[] {
    return this.#ruleGroups;
  }

  get alerts(): ReturnType<AlertBook['list']> {
    return this.#book.list();
  }

  /** Undefined until something was judged. */
  get lastEvaluation(): { readonly atMillis: number; readonly seconds: number } | undefined {
    return this.#lastEvaluation;
  }

  /** When time alone was last judged, or the engine was made; milliseconds since the epoch. */
  get lastTickMillis(): number {
    return this.#lastTickMillis;
  }

  /** From now on changes are stored there. */
  attach(state: Pick<DurableState, 'write'>): void {
    this.#state = state;
  }

  /** Runs `judge` and acts on what it says, before it returns; the receivers are told in the background. */
  evaluate(judge: () => readonly Judgement[]): void {
    const started = performance.now();
    const judgements = judge();
    const seconds = (performance.now() - started) / 1000;
    const nowMillis = this.parts.clock.now();
    if (judgements.length > 0) {
      this.parts.metrics.evaluationSeconds.observe(seconds);
      this.#lastEvaluation = { atMillis: nowMillis, seconds };
    }
    this.#commit(this.#book.apply(judgements, nowMillis), nowMillis);
  }

  /** What time alone brings about: `for` and `keep_firing_for` that are over, silence, groups that went idle. */
  tick(): void {
    const { evaluator, clock } = this.parts;
    const nowMillis = clock.now();
    evaluator.evictIdle(nowMillis, (ruleId, groupKey) => this.#book.has(ruleId, groupKey));
    const judged = this.#book.list().map((alert) => evaluator.judge(alert, nowMillis));
    this.#judgeAgain(judged.filter((judgement) => judgement !== undefined));
    this.#lastTickMillis = nowMillis;
  }

  /**
   * An alert that begins and ends at once, by the road of every other.
   * @returns the receivers that are told
   */
  sendTestAlert(): string[] {
    const nowMillis = this.parts.clock.now();
    const alert = madeUpAlert(TEST_RULE, nowMillis);
    const clocks = { eventTimeMillis: nowMillis, receivedAtMillis: nowMillis };
    const change = { alert, rule: TEST_RULE, ...clocks };
    const receivers = this.parts.router.route.receivers.map(({ name }) => name);
    if (receivers.length === 0) return [];
    const begins: Transition = { ...change, from: 'inactive', to: 'firing' };
    this.#commit({ transitions: [begins], changed: [] }, nowMillis, [alert]);
    this.#commit({ transitions: [{ ...change, from: 'firing', to: 'inactive' }], changed: [] }, nowMillis);
    return receivers;
  }

  /** From now on the query rules are asked too. */
  startQueries(): void {
    this.parts.queries.start(this.#ruleGroups, {
      alertsOf: (ruleId): GroupKey[] => this.#book.groupsOf(ruleId),
      judge: (judgements) => {
        this.#judgeAgain(judgements);
      },
    });
  }

  queryHealth(ruleId: string): QueryHealth | undefined {
    return this.parts.queries.health(ruleId);
  }

  /** Puts other rules in force. Alerts that no rule stands behind any more end; the others go on. */
  setRules(ruleGroups: readonly RuleGroup[]): void {
    const nowMillis = this.parts.clock.now();
    this.#ruleGroups = ruleGroups;
    this.parts.evaluator.setRules(streamingRules(ruleGroups));
    this.#settle(nowMillis);
    this.parts.queries.setRules(ruleGroups);
  }

  restore({ alerts, notifications }: Snapshot): void {
    this.parts.dispatcher.restore(notifications);
    this.#book.restore(alerts);
    this.#settle(this.parts.clock.now());
    const pending = this.parts.dispatcher.recent.filter(({ outcome }) => outcome === 'pending').length;
    this.parts.logger.info({ alerts: alerts.length, pendingNotifications: pending }, 'state restored');
  }

  snapshot(): Snapshot {
    return { alerts: this.#book.list(), notifications: this.parts.dispatcher.recent };
  }

  onWritten(seconds: number): void {
    this.parts.metrics.stateWriteSeconds.observe(seconds);
  }

  onWriteError(): void {
    this.parts.metrics.stateWriteErrors.inc();
  }

  /** Makes book and evaluator agree on which alerts there are. */
  #settle(nowMillis: number): void {
    const { evaluator } = this.parts;
    const rules = this.#ruleGroups.flatMap((group) => group.rules);
    const changes = this.#book.retain(rules, nowMillis);
    for (const alert of this.#book.list()) evaluator.adopt(alert, nowMillis);
    this.#commit(changes, nowMillis);
  }

  /** Judges, and brings what is shown of alerts that stay up to date. */
  #judgeAgain(judgements: readonly Judgement[]): void {
    this.evaluate(() => judgements);
    for (const judgement of judgements) this.#book.refresh(judgement);
  }

  /** @param alsoActive that the book does not know */
  #commit({ transitions, changed }: Changes, nowMillis: number, alsoActive: readonly Alert[] = []): void {
    if (transitions.length === 0 && changed.length === 0) return;
    const { dispatcher, router } = this.parts;
    const nextId = (): number => dispatcher.nextId();
    const active = [...this.#book.list(), ...alsoActive];
    const notifications = notificationsFor(transitions, active, router, nextId, nowMillis);
    const ended = transitions.filter(({ to }) => to === 'inactive').map(({ alert }) => alert.fingerprint);
    // To a file before anybody is told: after a kill in between, the notification is still sent. A database follows (ADR 0016).
    this.#state.write({ upserts: changed, ended, notifications });
    dispatcher.enqueue(notifications);
    for (const transition of transitions) this.#report(transition);
  }

  #report({ alert, from, to, rule, eventTimeMillis, receivedAtMillis }: Transition): void {
    this.parts.metrics.transitions.inc({ alertname: alert.labels.alertname ?? '', to });
    this.parts.logger.info(
      {
        alert: alert.labels.alertname,
        labels: alert.labels,
        from,
        to,
        value: alert.value,
        threshold: rule === undefined ? 'the rule is gone' : thresholdOf(rule),
        traceIds: alert.traceIds,
        eventTimeEpochMillis: eventTimeMillis,
        receivedAtEpochMillis: receivedAtMillis,
      },
      `alert ${from} → ${to}`,
    );
  }
}

function thresholdOf(rule: Rule): string {
  return rule.type === 'query' ? rule.expr : formatThreshold(rule.condition);
}
