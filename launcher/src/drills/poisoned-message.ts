import { LauncherError } from '../errors.ts';
import { consumer, producer } from '../programs/apps.ts';
import type { Drill, Finding } from './drill.ts';
import { traceIdsOf, type ActiveAlert } from './runner/alerts.ts';
import type { DrillRun } from './runner/drill-run.ts';
import { ownTrace } from './runner/evidence.ts';
import { putFault } from './runner/faults.ts';
import { sendRequest } from './runner/load.ts';

const priority = 'high';
const letters = `${consumer.address ?? ''}/dead-letters`;

interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  readonly trace_id?: string;
}

export const poisonedMessage: Drill = {
  name: 'poisoned-message',
  summary: 'sends a message that fails whenever it is tried, until it is a dead letter',
  durationSeconds: 20,
  alert: { alertname: 'PoisonedMessage', service_name: 'consumer' },
  evidence: [
    ownTrace('the trace in which the message was sent'),
    {
      what: 'the trace of the dead letter, which says why',
      check: deadLetter,
    },
  ],
  needs: ['producer', 'consumer', 'nats'],
  begin: async (run) => {
    // Done after the fault has been ended, which is begun later.
    run.cleanUp('replays the dead letter', () => replay(run));
    await putFault(consumer, { route: `messages.${priority}`, errorRate: 1 }, run);
    const message = { content: 'a drill', priority };
    const sent = await sendRequest({ method: 'POST', url: `${producer.address ?? ''}/send`, body: message });
    if (sent.status !== 202 || sent.traceId === undefined)
      throw new LauncherError('http', `producer answered ${sent.status} to POST /send`);
    run.remember(sent.traceId);
  },
};

async function deadLetter(alert: ActiveAlert, run: DrillRun): Promise<Finding> {
  const [letter] = await ownLetters(run);
  if (letter === undefined) return { holds: false, found: `none in ${letters}` };
  const { reason, trace_id: traceId = '' } = letter;
  return { holds: traceIdsOf(alert).includes(traceId) && reason !== '', found: `"${reason}", ${letters}` };
}

async function ownLetters({ traceIds }: DrillRun): Promise<DeadLetter[]> {
  const { status, body } = await sendRequest({ method: 'GET', url: `${letters}?limit=1000` });
  if (status !== 200) throw new LauncherError('http', `consumer answered ${status} to GET /dead-letters`);
  const { dead_letters: all } = body as { dead_letters: DeadLetter[] };
  return all.filter(({ trace_id: traceId = '' }) => traceIds.includes(traceId));
}

async function replay(run: DrillRun): Promise<void> {
  for (const { id } of await ownLetters(run)) {
    const { status } = await sendRequest({ method: 'POST', url: `${letters}/${id}/replay` });
    if (status !== 202) throw new LauncherError('http', `consumer answered ${status} to the replay of ${id}`);
  }
}
