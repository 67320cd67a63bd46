import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../../support/paths.ts';

export interface PlatformRule {
  readonly alert: string;
  readonly expr: string;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly (PlatformRule & { readonly for?: string })[] }[];
}

const shipped = parse(
  readFileSync(join(root, 'apps/alert-engine/config/rules/platform.yaml'), 'utf8'),
) as RuleFile;

export const platformRules: readonly PlatformRule[] = shipped.groups.flatMap(({ rules }) => rules);

/** Those of which docs/platform-alerts.md says that this case makes them fire. */
export const markedAlerts = [
  ...readFileSync(join(root, 'docs/platform-alerts.md'), 'utf8').matchAll(/^### (\w+)\n\n✔/gm),
].map(([, alert = '']) => alert);

/**
 * An engine's configuration with the shipped rules, asked each second and without `for`, so that nobody has to wait for
 * minutes; all else is as it ships.
 */
export function impatientEngine(folder: string, sections: Readonly<Record<string, object>>): string {
  mkdirSync(folder, { recursive: true });
  const groups = shipped.groups.map((group) => ({
    ...group,
    interval: '1s',
    rules: group.rules.map((rule) => ({ ...rule, for: '0s' })),
  }));
  writeFileSync(join(folder, 'platform.yaml'), stringify({ groups }));
  const file = join(folder, 'alert-engine.yaml');
  const config = { evaluate: { rules: ['platform.yaml'] }, ...sections };
  writeFileSync(file, stringify(config));
  return file;
}
