import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRuleFiles } from './rule-file';
import { ruleSchema } from './rule-schema';

const PAGE = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'alert-rules.md'), 'utf8');

describe('docs/alert-rules.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-rule-docs-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has examples that are rules', () => {
    const examples = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');
    const alerts = examples.flatMap((yaml, index) => {
      const file = join(folder, `${index}.yaml`);
      writeFileSync(file, yaml);
      return loadRuleFiles([file]).flatMap(({ rules }) => rules.map(({ alert }) => alert));
    });
    expect(alerts).toEqual(['HighLatency', 'PaymentsRefused', 'QueueOfTheCollectorFills']);
  });

  it('names every field', () => {
    const missing = Object.keys(ruleSchema.shape).filter(
      (field) => !new RegExp(`\`${field}[\`:]`).test(PAGE),
    );
    expect(missing).toEqual([]);
  });
});
