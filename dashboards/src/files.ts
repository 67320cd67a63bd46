import { join } from 'node:path';

import { boards } from './boards/index.ts';

const unknownFields = new Set(['footer', 'auto', 'auto_min', 'auto_count']);

/** What is committed, by the name of its file: Grafana reads JSON. */
export function dashboardFiles(): Map<string, string> {
  return new Map(
    boards().map((board) => [`${board.uid ?? ''}.json`, `${JSON.stringify(board, withoutDefaults, 2)}\n`]),
  );
}

/**
 * The SDK's defaults that are not wanted: it hides links and annotations in a menu, and sets fields that Grafana 12.3 does
 * not know, of tables (`footer`) and of variables that are no intervals (`auto…`).
 */
function withoutDefaults(key: string, value: unknown): unknown {
  if (key === 'placement' && value === 'inControlsMenu') return undefined;
  return unknownFields.has(key) ? undefined : value;
}

/** Where Grafana's provisioning finds them, from the checkout's root. */
export const DASHBOARDS_FOLDER = join('backends', 'grafana', 'dashboards');
