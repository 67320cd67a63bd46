import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** GET requests at a steady rate, whatever the answers take; each one's time in milliseconds, from when it was due. */
export async function steadyLoad(url: string, perSecond: number, millis: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const took: number[] = [];
  const inFlight = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let sent = 0; ;) {
    const now = performance.now() - startedAt;
    if (now >= millis) break;
    for (; sent < (now * perSecond) / 1000; sent += 1) {
      const dueAt = startedAt + (sent * 1000) / perSecond;
      const one = get(url, agent)
        .then(() => {
          took.push(performance.now() - dueAt);
        })
        .finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await sleep(1);
  }
  await Promise.all(inFlight);
  agent.destroy();
  return took;
}

function get(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, timeout: 30_000 }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} answered ${response.statusCode ?? 0}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error(`${url} does not answer`)));
    call.on('error', reject);
    call.end();
  });
}
