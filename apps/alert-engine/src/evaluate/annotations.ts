import type { Labels } from './group-labels';
import { formatThreshold } from './condition';
import { ruleValue, type Rule } from './rule';
import type { ServiceContext } from './service-context';
import type { Evidence } from './window';

/** The only placeholders there are, `{{ $labels.<name> }}` and `{{ $value }}`: no template language. */
export const PLACEHOLDER = /\{\{\s*\$(?:labels\.([a-zA-Z_]\w*)|value)\s*\}\}/g;

/** What the person on call needs at hand; what the rule itself says goes before what we add. */
export function annotations(rule: Rule, labels: Labels, service: ServiceContext, evidence: Evidence): Labels {
  const value = ruleValue(rule, evidence.value);
  const own = Object.entries(rule.annotations).map(([name, text]) => [name, expand(text, labels, value)]);
  return {
    value,
    ...(rule.type === 'query'
      ? { query: rule.expr }
      : { threshold: formatThreshold(rule.condition), count: String(evidence.count) }),
    ...(evidence.traceIds.length === 0 ? {} : { trace_ids: evidence.traceIds.join(',') }),
    ...(evidence.lines.length === 0 ? {} : { log_lines: evidence.lines.join('\n') }),
    ...(service.owner === undefined ? {} : { service_owner: service.owner }),
    ...(service.runbookUrl === undefined ? {} : { runbook_url: service.runbookUrl }),
    ...(service.dashboardUrl === undefined ? {} : { dashboard_url: service.dashboardUrl }),
    ...(Object.fromEntries(own) as Labels),
  };
}

/** One pass: what came from a label's value is never looked at again. */
function expand(text: string, labels: Labels, value: string): string {
  return text.replace(PLACEHOLDER, (_match, label: string | undefined) => {
    if (label === undefined) return value;
    return Object.hasOwn(labels, label) ? (labels[label] ?? '') : '';
  });
}
