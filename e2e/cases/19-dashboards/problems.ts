import { promExemplars } from '../../support/backends.ts';
import { ask, type Answer } from './ask.ts';
import type { Annotation, Dashboard, Panel, Target } from './dashboard.ts';
import { interpolate, labelsOfLegend, WINDOW_SECONDS, type Values } from './interpolate.ts';
import { linkProblems } from './links.ts';
import { traceOfExemplar } from './provisioned.ts';
import { choices } from './variables.ts';

/** Everything that somebody who opens the dashboard would miss, whatever is chosen in its variables. */
export async function problemsOf(dashboard: Dashboard): Promise<string[]> {
  const found: string[] = [];
  for (const values of await choices(dashboard)) {
    const chosen = Object.keys(values).length === 0 ? '' : ` with ${JSON.stringify(values)}`;
    // One after the other: the backends have little to themselves in a test.
    for (const panel of dashboard.panels)
      found.push(...(await panelProblems(panel, values)).map((problem) => `${problem}${chosen}`));
  }
  const marks = await Promise.all((dashboard.annotations.list ?? []).map(annotationProblems));
  return [...found, ...marks.flat()];
}

async function panelProblems(panel: Panel, values: Values): Promise<string[]> {
  const targets = await Promise.all(
    panel.targets.map(async (target) => {
      const { answer, problems } = await targetProblems(target, panel, values);
      if (problems.length > 0) return problems;
      return [...(await linkProblems(panel, answer, values)), ...(await exemplarProblems(target, values))];
    }),
  );
  return targets.flat().map((problem) => `${panel.title}: ${problem}`);
}

interface Asked {
  readonly answer: Answer;
  readonly problems: string[];
}

async function targetProblems(target: Target, panel: Panel, values: Values): Promise<Asked> {
  const text = target.expr ?? target.query ?? target.queryType ?? '';
  try {
    const answer = await ask(panel.datasource.uid, target, values);
    if (answer.length === 0) return { answer, problems: [`No data for ${text}`] };
    const columns = Object.keys(panel.transformations?.[0]?.options.renameByName ?? {});
    const wanted = [
      ...labelsOfLegend(target.legendFormat ?? ''),
      ...columns.filter((column) => column !== 'Value'),
    ];
    return { answer, problems: missingLabels(wanted, answer) };
  } catch (error) {
    return { answer: [], problems: [`${text}: ${String(error)}`] };
  }
}

function missingLabels(wanted: readonly string[], answer: Answer): string[] {
  return wanted
    .filter((label) => answer.some((labels) => (labels[label] ?? '') === ''))
    .map((label) => `not every series has the label ${label}`);
}

async function exemplarProblems({ exemplar, expr = '' }: Target, values: Values): Promise<string[]> {
  if (exemplar !== true) return [];
  const exemplars = await promExemplars(interpolate(expr, values), Date.now() - WINDOW_SECONDS * 1000);
  return exemplars.some((one) => traceOfExemplar(one) !== undefined)
    ? []
    : ['no exemplar that leads to a trace'];
}

async function annotationProblems({ name, datasource, target, titleFormat }: Annotation): Promise<string[]> {
  const answer = await ask(datasource.uid, target, {});
  if (answer.length === 0) return [`${name}: no mark`];
  return missingLabels(labelsOfLegend(titleFormat), answer).map((problem) => `${name}: ${problem}`);
}
