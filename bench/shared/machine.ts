import { cpus, release, totalmem, type } from 'node:os';

/** One line on which figures can be compared. */
export function describeMachine(): string {
  const processors = cpus();
  const memoryGibibytes = Math.round(totalmem() / 1024 ** 3);
  return `${processors[0]?.model ?? 'unknown CPU'}, ${processors.length} cores, ${memoryGibibytes} GiB, ${type()} ${release()}, Node ${process.version}`;
}
