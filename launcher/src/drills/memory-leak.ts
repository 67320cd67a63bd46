import { ask } from '../backends/ask.ts';
import { orders } from '../programs/apps.ts';
import { prometheus } from '../programs/outside.ts';
import type { Drill, Finding } from './drill.ts';
import { owner, valueBetween } from './runner/evidence.ts';
import { putFault } from './runner/faults.ts';

const mebibyte = 1024 * 1024;
/** Of the rule MemoryGrowth. */
const thresholdMebibytes = 48;
/** So that the threshold is passed before the 15 s begin whose least counts. */
const leakBytesPerSecond = 8 * mebibyte;
/** Of each of the spaces of the heap. */
const heap = `v8js_memory_heap_used_bytes{service_name="orders"}`;
const graph = `${prometheus.address ?? ''}/graph?${new URLSearchParams({ 'g0.expr': `sum(${heap})` }).toString()}`;

export const memoryLeak: Drill = {
  name: 'memory-leak',
  summary: `has orders keep ${leakBytesPerSecond / mebibyte} MiB more of its heap each second, up to 256 MiB`,
  durationSeconds: 50,
  alert: { alertname: 'MemoryGrowth', service_name: 'orders' },
  evidence: [
    valueBetween(`a value above ${thresholdMebibytes} MiB`, thresholdMebibytes),
    owner,
    {
      what: 'the growth in Prometheus',
      check: growth,
    },
  ],
  needs: ['orders', 'prometheus'],
  begin: (run) => putFault(orders, { route: 'memory-leak', leakBytesPerSecond }, run),
};

async function growth(): Promise<Finding> {
  const query = `max_over_time(sum(${heap})[2m:5s]) - min_over_time(sum(${heap})[2m:5s])`;
  const { data } = await ask<{ data: { result: { value: [number, string] }[] } }>(
    prometheus,
    '/api/v1/query',
    { query },
  );
  const grownMebibytes = Math.round(Number(data.result[0]?.value[1] ?? 0) / mebibyte);
  return { holds: grownMebibytes > thresholdMebibytes, found: `${grownMebibytes} MiB, ${graph}` };
}
