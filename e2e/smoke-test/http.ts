const ANSWER_MILLIS = 5000;
const PAUSE_MILLIS = 250;

/** What went wrong, for a person. */
export class Problem extends Error {}

/** Throws a Problem that says who did not answer, or not with 2xx, and why. */
export async function request(program: string, url: string, init: RequestInit = {}): Promise<Response> {
  const response = await answer(program, url, init);
  if (!response.ok) throw await refusal(program, response);
  return response;
}

/** Undefined for a 404, which is "not yet" to who looks for something. Throws a Problem. */
export async function look<T>(program: string, url: string): Promise<T | undefined> {
  const response = await answer(program, url, {});
  if (response.status === 404) return undefined;
  if (!response.ok) throw await refusal(program, response);
  return (await response.json()) as T;
}

async function answer(program: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MILLIS) });
  } catch (error) {
    throw new Problem(`${program} does not answer at ${new URL(url).origin}: ${reason(error)}`);
  }
}

async function refusal(program: string, response: Response): Promise<Problem> {
  const said = (await response.text()).slice(0, 200).replace(/\s+/g, ' ');
  return new Problem(`${program} answers ${response.status} to ${new URL(response.url).pathname}: ${said}`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}

/** Tries until `attempt` returns something. Throws the last Problem at the deadline, or `absent`. */
export async function until<T>(
  deadlineEpochMillis: number,
  absent: string,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  let last = absent;
  while (Date.now() < deadlineEpochMillis) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
      last = absent;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      last = error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
  }
  throw new Problem(last);
}
