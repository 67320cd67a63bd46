import type { ProgramName } from '../../../launcher/src/programs/program.ts';
import { residentMebibytes } from '../../support/memory.ts';
import { dataPath, Stack } from '../../support/stack.ts';
import { eventually, sleep } from '../../support/wait.ts';
import {
  type ExportClient,
  GrpcExportClient,
  manyTinyRequests,
  opensNoWindow,
  randomBytesOnTheWire,
  tinyRequest,
  tooLarge,
} from './attacks.ts';
import { HttpExportClient, pipelinesAndNeverReads, type UnreadConnection } from './http-attacks.ts';

interface Target {
  readonly name: ProgramName;
  readonly protocol: 'grpc' | 'http';
  readonly port: number;
  /** What its resident memory may come to through all of this. */
  readonly maxRssMebibytes: number;
}

// Of our programs: 5 × maxInFlightBytes + 150 MiB, as the processor's configuration states; the engine's is lower.
const TARGETS: readonly Target[] = [
  { name: 'otelcol', protocol: 'grpc', port: 4317, maxRssMebibytes: 1024 },
  { name: 'otelcol', protocol: 'http', port: 4318, maxRssMebibytes: 1024 },
  { name: 'enrichment-processor', protocol: 'grpc', port: 4319, maxRssMebibytes: 790 },
  { name: 'alert-engine', protocol: 'grpc', port: 4329, maxRssMebibytes: 640 },
  { name: 'alert-engine', protocol: 'http', port: 4330, maxRssMebibytes: 640 },
];

const TIMEOUT_MILLIS = 120_000;
/** How long our programs hold an answer that nobody takes (10 s), and room to notice. */
const GIVEN_UP_MILLIS = 60_000;
/** How long it may take to fill what the kernel buffers of answers, some ten megabytes a connection. */
const STALL_MILLIS = 180_000;
/** Over HTTP both wait for a minute (ours, twice receiveTimeout; the Collector, write_timeout). */
const CUT_OFF_MILLIS = 150_000;

describe.each(TARGETS)(
  'hostile clients of $name over $protocol',
  ({ name, protocol, port, maxRssMebibytes }) => {
    let stack: Stack;
    /** From the beginning: it takes a minute until they are cut off, and the others are to be served meanwhile. */
    let unread: UnreadConnection[] = [];

    beforeAll(async () => {
      stack = await Stack.start({ programs: [...dataPath] });
      if (protocol === 'http') unread = Array.from({ length: 5 }, () => pipelinesAndNeverReads(port));
    });
    afterAll(async () => {
      for (const { end } of unread) end();
      await stack.stop();
    });

    const client = (): ExportClient =>
      protocol === 'grpc'
        ? new GrpcExportClient(port, TIMEOUT_MILLIS)
        : new HttpExportClient(port, TIMEOUT_MILLIS);

    /** Runs the attack while another client sends good requests, each of which must be served. */
    async function whileServingOthers<T>(attack: () => Promise<T>): Promise<T> {
      const { pid } = stack.program(name);
      const good = client();
      const over = new AbortController();
      let served = 0;
      let slowestMillis = 0;
      const others = (async (): Promise<void> => {
        do {
          const sentAt = Date.now();
          expect(await good.status(tinyRequest('good'))).toBe('OK');
          slowestMillis = Math.max(slowestMillis, Date.now() - sentAt);
          served += 1;
          await sleep(20);
        } while (!over.signal.aborted);
      })();
      try {
        return await attack();
      } finally {
        over.abort();
        await others;
        expect(await good.status(tinyRequest('good'))).toBe('OK');
        good.close();
        const peak = Math.round(residentMebibytes(pid).highest);
        console.log(
          `${name} over ${protocol}: ${served} good requests served meanwhile, the slowest in ${slowestMillis} ms; peak RSS ${peak} MiB`,
        );
        expect(peak).toBeLessThan(maxRssMebibytes);
        expect(stack.program(name).pid).toBe(pid);
      }
    }

    it('random bytes', () => whileServingOthers(() => randomBytesOnTheWire(port)));

    it('a truncated message', () =>
      whileServingOthers(async () => {
        const attacker = client();
        const whole = tinyRequest();
        for (const length of [1, whole.length >> 1, whole.length - 1]) {
          // The Collector itself says INTERNAL; @trace/otlp's client knows its words and calls it what it is.
          expect(['INVALID_ARGUMENT', '400']).toContain(await attacker.status(whole.subarray(0, length)));
        }
        attacker.close();
      }));

    it('a 65 MiB message', () =>
      whileServingOthers(async () => {
        const attacker = client();
        const body = tooLarge();
        // For good: none of these statuses is tried again. The Collector's HTTP server says 400 where ours says 413.
        for (let times = 0; times < 3; times += 1) {
          expect(['RESOURCE_EXHAUSTED', 'INVALID_ARGUMENT', '413', '400']).toContain(
            await attacker.status(body),
          );
        }
        attacker.close();
      }));

    it('10,000 tiny requests on one connection, all served', () =>
      whileServingOthers(async () => {
        const attacker = client();
        const statuses = await manyTinyRequests(attacker, 10_000);
        attacker.close();
        expect([...statuses]).toEqual([['OK', 10_000]]);
      }));

    it('clients that never read', () =>
      whileServingOthers(async () => {
        if (protocol === 'http') {
          const isOver = (): boolean => unread.every(({ closed, stalled }) => closed() || stalled());
          await eventually('the server takes no more', () => isOver() || undefined, {
            timeoutMillis: STALL_MILLIS,
          });
          await eventually(
            'the server cuts them off',
            () => unread.every(({ closed }) => closed()) || undefined,
            { timeoutMillis: STALL_MILLIS + CUT_OFF_MILLIS },
          );
          return;
        }
        const stuck = Array.from({ length: 5 }, () => opensNoWindow(port));
        if (name === 'otelcol') {
          // grpc-go waits for as long as the client does; it serves the others, and that is what is shown.
          await sleep(5000);
        } else {
          await eventually(
            'the server gives the streams up',
            () => stuck.every(({ opened, ended }) => ended() === opened) || undefined,
            { timeoutMillis: GIVEN_UP_MILLIS },
          );
        }
        stuck.forEach(({ stop }) => {
          stop();
        });
      }));
  },
);
