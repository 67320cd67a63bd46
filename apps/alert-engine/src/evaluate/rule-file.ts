import { configProblem, ConfigError, loadYamlConfig, type ConfigProblem } from '@trace/runtime';
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkRule } from './check-rule';
import type { RuleGroup } from './rule';
import { ruleFileSchema } from './rule-schema';
import { toRule } from './to-rule';

/**
 * Reads and checks rule files; a folder is every *.yaml in it by now, in the order of their names.
 * @throws ConfigError with one problem for each mistake in any of them.
 */
export function loadRuleFiles(files: readonly string[]): RuleGroup[] {
  const problems: ConfigProblem[] = [];
  const places = new Map<string, string>();
  const groups = files.flatMap(filesOf).flatMap((file) => {
    try {
      const { groups: specs } = loadYamlConfig(file, ruleFileSchema);
      return specs.map(({ name, interval, rules }, groupIndex) => ({
        name,
        intervalMillis: interval,
        file: basename(file),
        rules: rules.map((spec, ruleIndex) => {
          const path = `groups[${groupIndex}].rules[${ruleIndex}]`;
          const problem = (at: string, value: unknown, expected: string, names?: readonly string[]): void => {
            problems.push(configProblem(file, `${path}${at}`, value, expected, names));
          };
          const rule = toRule(spec);
          checkRule(spec, rule, problem);
          const twin = places.get(rule.id);
          if (twin !== undefined) {
            problem('.alert', spec.alert, `an alert name, or labels, other than those of ${twin}`);
          }
          places.set(rule.id, `${file}: ${path}`);
          return rule;
        }),
      }));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return groups;
}

/** Of a file itself, there or not: who reads it says what is wrong with it. */
function filesOf(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(path, name));
}
