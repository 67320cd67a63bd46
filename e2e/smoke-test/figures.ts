import { lookup } from 'node:dns/promises';
import { Problem, request } from './http.ts';

const COLLECTOR_PORT = 8888;
const ENRICHMENT_PORT = 9464;

/** One line of Prometheus's text format. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a program says of itself on `/metrics`, of several replicas together. */
export class Figures {
  private readonly samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.matching(name, labels).reduce((all, { value }) => all + value, 0);
  }

  /** The values that a label has in the samples of a metric. */
  values(name: string, label: string): string[] {
    return this.matching(name, {}).map(({ labels }) => labels[label] ?? '');
  }

  private matching(name: string, wanted: Readonly<Record<string, string>>): Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(wanted).every(([key, value]) => sample.labels[key] === value),
    );
  }
}

/** Throws a Problem when the program does not answer. */
export async function figuresOf(program: string, url: string): Promise<Figures> {
  return new Figures(parse(await (await request(program, `${url}/metrics`)).text()));
}

/** Of every Collector that the name stands for. Throws a Problem. */
export async function collectorFigures(host: string): Promise<Figures> {
  return await ofEachPod('the Collector', host, COLLECTOR_PORT);
}

/** Of the enrichment processor beside each Collector. Throws a Problem. */
export async function enrichmentFigures(host: string): Promise<Figures> {
  return await ofEachPod('the enrichment processor', host, ENRICHMENT_PORT);
}

async function ofEachPod(program: string, host: string, port: number): Promise<Figures> {
  const addresses = await lookup(host, { all: true, family: 4 }).catch(() => {
    throw new Problem(`there is no pod of ${program}: ${host} has no address`);
  });
  const texts = await Promise.all(
    addresses.map(async ({ address }) =>
      (await request(program, `http://${address}:${port}/metrics`)).text(),
    ),
  );
  return new Figures(texts.flatMap(parse));
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, as far as our programs use it. */
export function parse(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}
