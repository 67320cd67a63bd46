import { filesOf, inChart } from './files.ts';

describe('what is committed', () => {
  it.each(['values.schema.json', 'README.md'])(
    '%s is what values.yaml makes (npm run make -w @trace/chart-values)',
    async (name) => {
      const files = await filesOf(inChart('values.yaml'), inChart('README.md'));
      expect(inChart(name)).toBe(files.get(name));
    },
  );

  it('follows values.yaml', async () => {
    const changed = inChart('values.yaml').replace(
      'retention: 15d',
      'retention: 16d\n  # New.\n  added: true',
    );
    const files = await filesOf(changed, inChart('README.md'));
    expect(files.get('README.md')).toMatch(/`prometheus\.retention` +\| string +\| `"16d"`/);
    expect(files.get('README.md')).toMatch(/`prometheus\.added` +\| boolean +\| `true` +\| New\./);
    expect(files.get('values.schema.json')).toMatch(/"added": { "type": "boolean", "description": "New\." }/);
  });
});
