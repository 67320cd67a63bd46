/** What an HTTP readiness endpoint says: nothing, an answer that is not 200, or 200. */
export type Readiness = 'silent' | 'answers' | 'ready';

const probeTimeoutMillis = 2_000;

export async function probe(url: string): Promise<Readiness> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMillis) });
    await response.body?.cancel();
    return response.ok ? 'ready' : 'answers';
  } catch {
    return 'silent';
  }
}
