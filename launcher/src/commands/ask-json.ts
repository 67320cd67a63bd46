/** What a role of the sample services has answered; undefined when it does not. */
export async function askJson(
  url: string,
  method: string,
  timeoutMillis: number,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(timeoutMillis),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}
