import { isAborted } from '../../abort.ts';
import { formatElapsed } from '../../clock.ts';
import { LauncherError, oneLine } from '../../errors.ts';
import type { Drill, EvidenceCheck, Finding } from '../drill.ts';
import type { ActiveAlert } from './alerts.ts';
import { DrillRun, type DrillContext } from './drill-run.ts';
import { Load } from './load.ts';
import { requireReady } from './platform.ts';
import { clockLines, evidenceLines } from './report.ts';
import { until } from './until.ts';

export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  /** Why it did not pass, or how long the alert took. */
  readonly reason: string;
}

export type CheckedEvidence = Finding & Pick<EvidenceCheck, 'what'>;

/** What everything that is sent goes through on its way to an alert. */
const dataPath = ['otelcol', 'enrichment-processor', 'alert-engine'] as const;
/** An alert resolves when a whole window (30 s) and what may come late for it (10 s) were good. */
const quietMillis = 180_000;
/** What a fault brings about may show a while after it has ended. */
const alertMarginMillis = 30_000;
/** From the service to the backend, and until that shows it. */
const evidenceMillis = 60_000;
const notificationMillis = 10_000;

/** Does what the drill says, looks whether it is noticed, and undoes it. Never rejects. */
export async function runDrill(drill: Drill, context: DrillContext): Promise<Outcome> {
  const run = new DrillRun(drill, context);
  let failure: string | undefined;
  let firedAfter = '';
  let hasBegun = false;
  try {
    requireReady(context.home, [...dataPath, ...drill.needs]);
    await drill.precondition?.(run);
    if (drill.load !== undefined) run.load = new Load(await drill.load(run));
    await quiet(run);
    hasBegun = !context.stop.aborted;
    if (hasBegun) firedAfter = await faultUntilNoticed(run);
  } catch (error) {
    failure = oneLine(error);
  }
  const problems = await run.end();
  if (hasBegun) await resolved(run).catch((error: unknown) => problems.push(oneLine(error)));
  await run.load?.stop();
  for (const problem of problems) context.say(`✗ clean-up: ${problem}`);
  if (context.stop.aborted) failure = 'interrupted; what was begun is undone';
  failure ??= problems[0];
  return { name: drill.name, passed: failure === undefined, reason: failure ?? firedAfter };
}

/** Waits until the drill's alert, which may fire for something else, does not. */
async function quiet({ drill, context }: DrillRun): Promise<void> {
  const { alert } = drill;
  const what = `${alert.alertname} of ${alert.service_name} fires already`;
  const isQuiet = await until(
    async () => {
      if ((await context.alerts.active(alert)) === undefined) return true;
      context.show('waiting', `${what}; waits until it has resolved`);
      return undefined;
    },
    { clock: context.clock, deadlineMillis: quietMillis, signal: context.stop },
  );
  if (isQuiet !== true && !context.stop.aborted)
    throw new LauncherError(
      'platform',
      `${what}, and has not resolved within ${formatElapsed(quietMillis)}; nothing was done.`,
    );
}

/** Begins the fault; returns how long the alert took. Throws when the alert does not fire, or lacks something. */
async function faultUntilNoticed(run: DrillRun): Promise<string> {
  const { drill, context } = run;
  const { clock, stop, show, say, alerts } = context;
  const { alertname, service_name: service } = drill.alert;
  const beganAt = clock.now();
  show('drilling', `${drill.summary}; waits for ${alertname} of ${service}`);
  await drill.begin(run);
  void run.endInTime();
  const deadlineMillis = drill.durationSeconds * 1000 + alertMarginMillis;
  const fired = await until(() => firing(run), { clock, deadlineMillis, signal: stop });
  if (fired === undefined)
    throw new Error(
      run.problem ?? `${alertname} of ${service} did not fire within ${formatElapsed(deadlineMillis)}`,
    );
  const firedAfter = formatElapsed(Date.parse(fired.activeAt) - beganAt);
  say(
    `✓ ${alertname} of ${service} fired ${firedAfter} after the drill began: ${fired.annotations.summary ?? ''}`,
  );
  const isTold = await alerts.hasReceiver();
  const notification = isTold
    ? await until(() => alerts.notification(drill.alert, beganAt), {
        clock,
        deadlineMillis: notificationMillis,
        signal: stop,
      })
    : undefined;
  for (const line of clockLines(fired, notification, isTold)) say(line);
  const checked = await evidenceOf(run, fired);
  for (const line of evidenceLines(checked)) say(line);
  const missing = checked.filter(({ holds }) => !holds).map(({ what }) => what);
  if (missing.length > 0) throw new Error(`the alert fired without ${missing.join('; ')}`);
  return `fired after ${firedAfter}`;
}

async function firing({ drill, context }: DrillRun): Promise<ActiveAlert | undefined> {
  const alert = await context.alerts.active(drill.alert);
  return alert?.state === 'firing' ? alert : undefined;
}

/** All checks, when they hold or when their time is over; while the alert fires, its evidence is renewed. */
async function evidenceOf(run: DrillRun, fired: ActiveAlert): Promise<CheckedEvidence[]> {
  const { drill, context } = run;
  let alert = fired;
  let checked: CheckedEvidence[] = [];
  const attempt = async (): Promise<true | undefined> => {
    alert = (await context.alerts.active(drill.alert)) ?? alert;
    checked = await Promise.all(
      drill.evidence.map(async ({ what, check }) => ({ what, ...(await check(alert, run)) })),
    );
    const missing = checked.filter(({ holds }) => !holds).map(({ what }) => what);
    if (missing.length === 0) return true;
    context.show('checking', `looks for ${missing.join('; ')}`);
    return undefined;
  };
  await until(attempt, { clock: context.clock, deadlineMillis: evidenceMillis, signal: context.stop });
  return checked;
}

/** Where requests are judged, good ones are needed to see that they are well again; the load makes them. */
async function resolved({ drill, context, load }: DrillRun): Promise<void> {
  const { clock, stop, show, say, alerts } = context;
  const isActive = async (): Promise<boolean> => (await alerts.active(drill.alert)) !== undefined;
  if (load === undefined || stop.aborted || !(await isActive())) return;
  const { alertname } = drill.alert;
  show('resolving', `sends good requests until ${alertname} has resolved`);
  const since = clock.now();
  const isResolved = await until(async () => ((await isActive()) ? undefined : true), {
    clock,
    deadlineMillis: quietMillis,
    signal: stop,
  });
  const elapsed = formatElapsed(clock.now() - since);
  if (isResolved === true) say(`✓ ${alertname} resolved ${elapsed} after the fault had ended`);
  else if (!isAborted(stop)) throw new Error(`${alertname} has not resolved within ${elapsed}`);
}
