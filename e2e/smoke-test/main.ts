/**
 * Sends one span, one log line and one metric as a service of its own, finds each in its backend, with the names of
 * this pod on it, and sees the alert of the rule SmokeTest fire and be delivered. Prints a line for each; ends with 1
 * when one is missing, and says which hop is broken. `helm test` runs it in the cluster; environment: places.ts.
 */
import { figuresOf } from './figures.ts';
import { findAlert, findDeliveries, findLine, findSeries, findTrace } from './find.ts';
import { brokenAlertHop, brokenHop } from './hops.ts';
import { Problem, until } from './http.ts';
import { readPlaces, type Places } from './places.ts';
import { newRun, send, type Run, type Signal } from './send.ts';

/** Of the minute that it may take, some seconds are for saying what is wrong. */
const DEADLINE_MILLIS = Number(process.env.TRACE_SMOKE_TEST_SECONDS ?? 50) * 1000;
const SENDING_MILLIS = DEADLINE_MILLIS / 3;

type Labels = Readonly<Record<string, string>>;

const run = newRun();
const deadline = run.startedEpochMillis + DEADLINE_MILLIS;

/** Prints how it went; true when well. */
async function step(what: string, work: () => Promise<string>): Promise<boolean> {
  try {
    const said = await work();
    const seconds = ((Date.now() - run.startedEpochMillis) / 1000).toFixed(1);
    console.log(`ok      ${what} (${seconds} s) ${said}`.trimEnd());
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.log(`FAILED  ${what}: ${error.message}`);
    return false;
  }
}

function lookUp(
  signal: Signal,
  program: string,
  url: string | undefined,
  places: Places,
  find: (run: Run, url: string) => Promise<Labels | undefined>,
): Promise<boolean> {
  if (url === undefined) {
    console.log(`skipped ${signal}: no address of ${program} is set`);
    return Promise.resolve(true);
  }
  return step(`${signal}: Collector → enrichment processor → Collector → ${program}`, async () => {
    const labels = await until(deadline, 'it is not there', () => find(run, url)).catch(
      async (error: unknown) => {
        throw new Problem(`${(error as Error).message}. Broken: ${await brokenHop(signal, places)}`);
      },
    );
    return kubernetesNames(labels, places);
  });
}

/** Throws a Problem unless this pod is named. */
function kubernetesNames(labels: Labels, { pod }: Places): string {
  if (pod === undefined) return '';
  const wanted = { 'k8s.pod.name': pod.name, 'k8s.namespace.name': pod.namespace, 'k8s.node.name': pod.node };
  const wrong = Object.entries(wanted).filter(
    ([name, value]) => (labels[name] ?? labels[name.replaceAll('.', '_')]) !== value,
  );
  if (wrong.length === 0) return `with ${Object.keys(wanted).join(', ')}`;
  const names = wrong.map(([name, value]) => `${name}=${value}`).join(', ');
  throw new Problem(
    `it is there without ${names}. Broken: Kubernetes API → enrichment processor: may it list and watch pods (rbac.create), and what does its log say?`,
  );
}

function alert(places: Places): Promise<boolean> {
  const { alertEngineUrl } = places;
  if (alertEngineUrl === undefined) {
    console.log('skipped alert: there is no alert engine');
    return Promise.resolve(true);
  }
  return step('alert: Collector → enrichment processor → Collector → alert engine → receivers', async () => {
    await until(deadline, 'it does not fire', () => findAlert(run, alertEngineUrl)).catch(
      async (error: unknown) => {
        throw new Problem(`${(error as Error).message}. Broken: ${await brokenAlertHop(places)}`);
      },
    );
    const figures = await figuresOf('the alert engine', alertEngineUrl);
    const receivers = figures.values('alert_engine_notifications_queued', 'receiver');
    if (receivers.length === 0) {
      return 'it fires, and NOBODY IS TOLD: set alertEngine.webhookUrl.existingSecret, or alertEngine.config.receivers';
    }
    await Promise.all(receivers.map((receiver) => delivered(receiver, alertEngineUrl)));
    return `delivered to ${receivers.join(', ')}`;
  });
}

async function delivered(receiver: string, alertEngineUrl: string): Promise<void> {
  const broken = `Broken: alert engine → receiver ${receiver}`;
  const { outcome } = await until(
    deadline,
    `it fires. ${broken}: no answer yet; its log says why`,
    async () =>
      (await findDeliveries(run, alertEngineUrl)).find((delivery) => delivery.receiver === receiver),
  );
  if (outcome !== 'delivered') throw new Problem(`it fires. ${broken}: ${outcome}`);
}

async function main(): Promise<boolean> {
  const places = readPlaces(process.env);
  const isSent = await step('sent: this pod → Collector', async () => {
    await send(run, places, run.startedEpochMillis + SENDING_MILLIS);
    return `as service trace-smoke-test, trace ${run.traceId}`;
  });
  if (!isSent) return false;
  const results = await Promise.all([
    lookUp('traces', 'Tempo', places.tempoUrl, places, findTrace),
    lookUp('logs', 'Loki', places.lokiUrl, places, findLine),
    lookUp('metrics', 'Prometheus', places.prometheusUrl, places, findSeries),
    alert(places),
  ]);
  return results.every(Boolean);
}

process.exitCode = (await main()) ? 0 : 1;
