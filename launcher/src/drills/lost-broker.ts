import { LauncherError } from '../errors.ts';
import { producer } from '../programs/apps.ts';
import { nats } from '../programs/outside.ts';
import { sendSignal } from '../state/process-identity.ts';
import type { Drill } from './drill.ts';
import type { DrillRun } from './runner/drill-run.ts';
import { ownTrace } from './runner/evidence.ts';
import { sendRequest, type LoadRequest } from './runner/load.ts';
import { processOf } from './runner/platform.ts';
import { until } from './runner/until.ts';

const lookEveryMillis = 100;
/** The launcher waits longer before each restart, up to half a minute. */
const backMillis = 55_000;

const message: LoadRequest = {
  method: 'POST',
  url: `${producer.address ?? ''}/send`,
  body: { content: 'a drill', priority: 'low' },
};

export const lostBroker: Drill = {
  name: 'lost-broker',
  summary: 'kills NATS with SIGKILL each time that it comes back',
  durationSeconds: 20,
  alert: { alertname: 'HighErrorRatio', service_name: 'producer' },
  evidence: [ownTrace('the trace of a message that was refused')],
  needs: ['producer', 'nats'],
  load: () => message,
  begin: (run) => {
    run.cleanUp('waits until messages go through the broker again', () => isBack(run));
    run.repeat(lookEveryMillis, () => {
      const process = processOf(run.context.home, nats.name);
      if (process !== undefined) sendSignal(process, 'SIGKILL', 'process');
      return Promise.resolve();
    });
    return Promise.resolve();
  },
};

async function isBack({ context: { clock } }: DrillRun): Promise<void> {
  const options = { clock, deadlineMillis: backMillis, signal: new AbortController().signal };
  const isWell = await until(async () => {
    const health = await sendRequest({ method: 'GET', url: `${producer.address ?? ''}/health` });
    return health.status === 200 && (await sendRequest(message)).status === 202 ? true : undefined;
  }, options);
  if (isWell === undefined) throw new LauncherError('platform', 'producer does not send messages again');
}
