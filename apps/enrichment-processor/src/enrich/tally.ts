import { Counter, type Registry } from 'prom-client';

export interface TallyRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter whose values stand elsewhere as plain numbers, and are read whenever it is asked for. */
export function tally(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => readonly TallyRow[],
): void {
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect(): void {
      this.reset();
      for (const { labels, value } of read()) this.inc(labels, value);
    },
  });
}
