import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';

import { logSimulator } from '../programs/apps.ts';
import { askJson } from './ask-json.ts';

export interface SimulateOptions {
  readonly file: string | undefined;
  /** Ends the scenario. */
  readonly signal: AbortSignal;
  readonly origin?: string;
}

const LOOK_EVERY_MILLIS = 250;
const ANSWER_MILLIS = 10_000;
/** The lines of a step that is ended are delivered first. */
const STOP_MILLIS = 60_000;

const problem = z.object({
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
});
const state = z.object({
  running: z.boolean(),
  steps: z.number(),
  results: z.array(
    z.object({
      lines_made: z.number(),
      lines_delivered: z.number(),
      lines_dropped: z.record(z.string(), z.number()),
    }),
  ),
});
type State = z.output<typeof state>;

/** `npm run simulate -- <scenario.yaml>`: has the log simulator run the steps of a file, and tells what came of each. */
export async function simulate({
  file,
  signal,
  origin = logSimulator.address ?? '',
}: SimulateOptions): Promise<number> {
  if (file === undefined) {
    console.error('Usage: npm run simulate -- <scenario.yaml>, e.g. apps/sim-service/scenarios/rush.yaml');
    return 2;
  }
  let scenario: unknown;
  try {
    scenario = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    return 2;
  }
  const url = `${origin}/scenario`;
  const answer = await askJson(url, 'POST', ANSWER_MILLIS, scenario);
  if (answer === undefined) {
    console.error(`The log simulator at ${origin} does not answer; npm start runs it.`);
    return 1;
  }
  if (answer.status !== 202) {
    console.error(reasons(file, answer.body).join('\n'));
    return answer.status === 400 ? 2 : 1;
  }
  const { steps } = state.parse(answer.body);
  console.log(`${file}: ${steps} steps; Ctrl-C ends it`);
  return await follow(url, signal);
}

async function follow(url: string, signal: AbortSignal): Promise<number> {
  let told = 0;
  for (;;) {
    const answer = signal.aborted
      ? await askJson(url, 'DELETE', STOP_MILLIS)
      : await askJson(url, 'GET', ANSWER_MILLIS);
    if (answer === undefined) {
      console.error('The log simulator does not answer any more.');
      return 1;
    }
    const now = state.parse(answer.body);
    for (const result of now.results.slice(told)) {
      told += 1;
      console.log(`step ${told} of ${now.steps}: ${describe(result)}`);
    }
    if (!now.running) return told === now.steps ? 0 : 1;
    await sleep(LOOK_EVERY_MILLIS);
  }
}

function describe({ lines_made, lines_delivered, lines_dropped }: State['results'][number]): string {
  const dropped = Object.entries(lines_dropped).filter(([, count]) => count > 0);
  const drops = dropped.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return `${lines_made} lines made, ${lines_delivered} delivered, ${drops === '' ? 'none' : drops} dropped`;
}

/** One line for each thing that is wrong, with where it stands in the file. */
function reasons(file: string, body: unknown): string[] {
  const { title, detail, errors } = problem.parse(body);
  if (errors.length === 0) return [`${title}: ${detail}`];
  return errors.map(({ pointer, detail: wrong }) => `${file}: ${placeOf(pointer)}: ${wrong}`);
}

/** `#/steps/1/mix` is `steps[1].mix` to who reads YAML. */
function placeOf(pointer: string): string {
  return pointer
    .replace(/^#\/?/, '')
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
}
