import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { logForwarder } from '../programs/apps.ts';
import { parseReplay, ReplayArgumentError, type ReplayRequest } from '../replay/arguments.ts';
import { askJson } from './ask-json.ts';

export interface ReplayOptions {
  readonly args: readonly string[];
  /** Ends the replay. */
  readonly signal: AbortSignal;
  /** Of the log forwarder. */
  readonly origin: string | undefined;
}

const LOOK_EVERY_MILLIS = 200;
const TELL_EVERY_MILLIS = 1000;
const ANSWER_MILLIS = 10_000;
/** The request that is under way is answered first. */
const STOP_MILLIS = 30_000;

const problem = z.object({ title: z.string(), detail: z.string() });
const state = z.object({
  running: z.boolean(),
  messages: z.number(),
  messages_read: z.number(),
  records_read: z.number(),
  records_forwarded: z.number(),
  records_dropped: z.record(z.string(), z.number()),
  failure: z.string().nullable(),
});
type State = z.output<typeof state>;

/** `npm run logs:replay -- --since 1h`: has the log forwarder forward what the stream holds of a time once more. */
export async function replayLogs({ args, signal, origin }: ReplayOptions): Promise<number> {
  let request: ReplayRequest;
  try {
    request = parseReplay(args, Date.now());
  } catch (error) {
    if (!(error instanceof ReplayArgumentError)) throw error;
    console.error(error.message);
    return 2;
  }
  const url = `${origin ?? logForwarder.address ?? ''}/replay`;
  const answer = await askJson(url, 'POST', ANSWER_MILLIS, request);
  if (answer === undefined) {
    console.error(
      `The log forwarder at ${url} does not answer; TRACE_LOGS_ROAD=jetstream npm start runs it.`,
    );
    return 1;
  }
  if (answer.status !== 202) {
    const { title, detail } = problem.parse(answer.body);
    console.error(`${title}: ${detail}`);
    return 1;
  }
  const { messages } = state.parse(answer.body);
  const what = request.dry_run ? 'Counting' : 'Replaying';
  console.log(
    `${what} ${messages} messages of ${request.service ?? 'all services'} from ${request.since} to ${request.until ?? 'now'}; Ctrl-C ends it`,
  );
  return await follow(url, signal, request.dry_run);
}

async function follow(url: string, signal: AbortSignal, isDry: boolean): Promise<number> {
  const startedAt = Date.now();
  let toldAt = startedAt;
  for (;;) {
    const answer = signal.aborted
      ? await askJson(url, 'DELETE', STOP_MILLIS)
      : await askJson(url, 'GET', ANSWER_MILLIS);
    if (answer === undefined) {
      console.error('The log forwarder does not answer any more.');
      return 1;
    }
    const now = state.parse(answer.body);
    const seconds = (Date.now() - startedAt) / 1000;
    if (!now.running) {
      console.log(sum(now, seconds, isDry));
      if (now.failure !== null) console.error(`Not all of it: ${now.failure}`);
      // What the Collector refused is not where it was to be.
      return now.failure === null && dropsOf(now) === 0 ? 0 : 1;
    }
    if (Date.now() - toldAt >= TELL_EVERY_MILLIS) {
      toldAt = Date.now();
      console.log(progress(now, seconds));
    }
    await sleep(LOOK_EVERY_MILLIS, undefined, { signal }).catch(() => undefined);
  }
}

function progress({ records_read: read, messages, messages_read: done }: State, seconds: number): string {
  return `${read} records, ${Math.round(read / seconds)}/s; ${messages - done} of ${messages} messages remain`;
}

function sum(now: State, seconds: number, isDry: boolean): string {
  const took = `in ${seconds.toFixed(1)} s`;
  if (isDry) return `${now.records_read} records in ${now.messages_read} messages; nothing was forwarded`;
  const drops = Object.entries(now.records_dropped).map(([reason, count]) => `${count} ${reason}`);
  return `${now.records_forwarded} records forwarded ${took}, ${drops.length === 0 ? 'none' : drops.join(', ')} refused`;
}

function dropsOf({ records_dropped: dropped }: State): number {
  return Object.values(dropped).reduce((total, count) => total + count, 0);
}
