import { readFileSync } from 'node:fs';

/** Resident memory of a process, in MiB: proc_pid_status(5), VmRSS and VmHWM. */
export function residentMebibytes(pid: number): { readonly now: number; readonly highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return Number(kibibytes) / 1024;
  };
  return { now: of('VmRSS'), highest: of('VmHWM') };
}
