import type { Drill } from '../drill.ts';

/** What `npm run drill -- list` shows, and docs/drills.md. */
export const drillTableHeadings = ['name', 'what it does', 'seconds', 'alert', 'evidence'] as const;

/** One row for each drill, in the order of the headings. */
export function drillRows(drills: readonly Drill[]): string[][] {
  return drills.map(({ name, summary, durationSeconds, alert, evidence }) => [
    name,
    summary,
    String(durationSeconds),
    `${alert.alertname} of ${alert.service_name}`,
    evidence.map(({ what }) => what).join('; '),
  ]);
}

/** The rows as text, each column as wide as its longest cell. */
export function drillTable(drills: readonly Drill[]): string {
  const rows = [[...drillTableHeadings], ...drillRows(drills)];
  const widths = drillTableHeadings.map((_heading, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
