import { z } from 'zod';

export interface PrometheusOptions {
  /** Of the server, with a path prefix if it has one. */
  readonly url: string;
  readonly timeoutMillis: number;
  /** A longer answer is refused. */
  readonly maxAnswerBytes: number;
}

export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sample })),
      }),
      z.object({ resultType: z.literal('scalar'), result: sample }),
    ]),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** Prometheus's HTTP API, as far as rules need it. */
export class PrometheusClient {
  constructor(private readonly options: PrometheusOptions) {}

  /**
   * The instant vector that an expression has now; a scalar is one series without labels.
   * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
   * @throws Error saying why there is no answer: no connection, a deadline, an error of Prometheus's
   */
  async query(expr: string, stopped: AbortSignal): Promise<QueriedSeries[]> {
    const { url, timeoutMillis } = this.options;
    const response = await fetch(`${url.replace(/\/+$/, '')}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expr, timeout: `${timeoutMillis}ms` }),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMillis)]),
    });
    const text = await this.#text(response);
    const answer = answerSchema.safeParse(parseJson(text));
    if (!answer.success) throw new Error(`HTTP ${response.status}, not an answer of Prometheus's to a query`);
    if (answer.data.status === 'error') throw new Error(answer.data.error);
    const { data } = answer.data;
    return data.resultType === 'scalar'
      ? [{ metric: {}, value: numberOf(data.result[1]) }]
      : data.result.map(({ metric, value }) => ({ metric, value: numberOf(value[1]) }));
  }

  async #text(response: Response): Promise<string> {
    const { maxAnswerBytes } = this.options;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) throw new Error(`an answer of over ${maxAnswerBytes} bytes`);
    }
    return Buffer.concat(chunks).toString();
  }
}

/** Prometheus writes infinity as `+Inf` and `-Inf`. */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
