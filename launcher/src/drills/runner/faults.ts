import { LauncherError } from '../../errors.ts';
import type { Program } from '../../programs/program.ts';
import type { DrillRun } from './drill-run.ts';
import { sendRequest } from './load.ts';

/** What `PUT /faults` takes beside the route and the duration. */
export interface Fault {
  readonly route: string;
  readonly latencyMillis?: number;
  readonly errorRate?: number;
  readonly leakBytesPerSecond?: number;
}

/** The fault may not outlive the drill, not even one that was killed; nor end before it. */
const marginSeconds = 5;
/** The shortest that the schema takes for a fault that is to be over at once. */
const overSeconds = 0.001;

/** Switches a fault on in a sample service until the run ends. */
export async function putFault(
  service: Pick<Program, 'name' | 'address'>,
  fault: Fault,
  run: DrillRun,
): Promise<void> {
  // It replaces the route's own fault alone: those of other routes are somebody else's, and DELETE would end them.
  run.cleanUp(`ends the fault of ${service.name}`, () =>
    put(service, { route: fault.route, durationSeconds: overSeconds }),
  );
  await put(service, { ...fault, durationSeconds: run.drill.durationSeconds + marginSeconds });
}

async function put(
  { name, address = '' }: Pick<Program, 'name' | 'address'>,
  body: Fault & { readonly durationSeconds: number },
): Promise<void> {
  const { status, body: said } = await sendRequest({ method: 'PUT', url: `${address}/faults`, body });
  if (status !== 200)
    throw new LauncherError('http', `${name} answered ${status} to PUT /faults: ${JSON.stringify(said)}`);
}
