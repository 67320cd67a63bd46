import { newTraceId } from '../support/otlp-http.ts';
import { apply, kubectl } from './support/kubectl.ts';

/** Prints what it is told to, and waits for its end. */
const program = `const { RUN, LINES, PER_SECOND, TRACE_ID: trace_id } = process.env;
let n = 0;
const timer = setInterval(() => {
  const msg = RUN + ' ' + n++;
  console.log(trace_id ? JSON.stringify({ level: 50, trace_id, span_id: '00f067aa0ba902b7', msg }) : msg);
  if (n === Number(LINES)) clearInterval(timer);
}, 1000 / Number(PER_SECOND));
setInterval(() => {}, 1e6);
process.on('SIGTERM', () => process.exit());`;

interface Printing {
  readonly lines: number;
  readonly perSecond: number;
  readonly owner: string;
  readonly traceId?: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
}

/** A Deployment whose one container prints numbered lines; made of the sample services' image. */
export class Printer {
  static readonly #all: Printer[] = [];
  readonly #run = newTraceId().slice(0, 8);
  readonly name = `printer-${this.#run}`;

  private constructor(readonly lines: number) {
    Printer.#all.push(this);
  }

  /** With a trace id it prints as a service with `@trace/telemetry` does. */
  static async start(what: Printing): Promise<Printer> {
    const printer = new Printer(what.lines);
    const image = await kubectl(
      ...['get', 'deployment', 'trace-gateway'],
      '--output=jsonpath={.spec.template.spec.containers[0].image}',
    );
    const labels = { app: printer.name };
    await apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: printer.name, annotations: { 'trace.io/owner': what.owner } },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'paper',
                image,
                imagePullPolicy: 'IfNotPresent',
                command: ['/usr/local/bin/node', '-e', program],
                env: [
                  { name: 'RUN', value: printer.#run },
                  { name: 'LINES', value: String(what.lines) },
                  { name: 'PER_SECOND', value: String(what.perSecond) },
                  { name: 'TRACE_ID', value: what.traceId ?? '' },
                ],
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              },
            ],
          },
        },
      },
    });
    await kubectl('rollout', 'status', `deployment/${printer.name}`, '--timeout=2m');
    return printer;
  }

  static async removeAll(): Promise<void> {
    for (const { name } of Printer.#all) await kubectl('delete', 'deployment', name, '--wait=false');
  }

  async pod(): Promise<Pod> {
    const found = await kubectl('get', 'pods', `--selector=app=${this.name}`, '--output=json');
    const [pod] = (JSON.parse(found) as { items: Pod[] }).items;
    if (pod === undefined) throw new Error(`${this.name} has no pod`);
    return pod;
  }

  /** Every line, in the order of their text. */
  expected(): string[] {
    return Array.from({ length: this.lines }, (_, n) => `${this.#run} ${n}`).sort();
  }
}
