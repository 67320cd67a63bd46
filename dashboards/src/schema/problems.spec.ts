import { dashboardFiles } from '../files.ts';
import { schemaProblems } from './problems.ts';

const good = dashboardFiles();
const [sample = ''] = [good.get('trace-overview.json')];

/** Mistakes that people make, each by one change of a dashboard that is right. */
const mistakes: readonly (readonly [mistake: string, from: string, to: string, said: RegExp])[] = [
  ['a misspelt field of a panel', '"description"', '"descripton"', /'"descripton"' does not exist/],
  ['a panel that there is not', '"type": "stat"', '"type": "singlestat"', /"singlestat"/],
  [
    'an option of another panel',
    '"graphMode": "none"',
    '"graphType": "none"',
    /'"graphType"' does not exist/,
  ],
  ['a value that an option does not have', '"graphMode": "none"', '"graphMode": "nil"', /"nil"/],
  ['a misspelt field of a query', '"legendFormat"', '"legend"', /'"legend"' does not exist/],
  ['a text for a number', '"h": 4', '"h": "4"', /Type 'string' is not assignable to type 'number'/],
  ['a link without its kind', '"type": "link",', '', /Property 'type' is missing/],
  ['no version of the schema', '"schemaVersion": 42,', '', /Property 'schemaVersion' is missing/],
  ['a list that is not closed', '"tags": [', '"tags": ', /./],
];

describe('Grafana’s dashboard schema', () => {
  const broken = new Map(mistakes.map(([mistake, from, to]) => [mistake, sample.replace(from, to)]));
  // The compiler is started once for all of them.
  const problems = schemaProblems(new Map([...good, ...broken]));

  it.each([...good.keys()])('is kept by %s', (name) => {
    expect(problems.get(name)).toEqual([]);
  });

  it.each(mistakes)('rejects %s', (mistake, from, _, said) => {
    expect(sample).toContain(from);
    expect(problems.get(mistake)?.join('\n')).toMatch(said);
  });
});
