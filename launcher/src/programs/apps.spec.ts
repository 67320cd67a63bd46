import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { alertEngine, enrichmentProcessor } from './apps.ts';

test.each([
  // What a primary gives its workers beyond their drain, and itself beyond that (workers/serve-primary.ts).
  { program: enrichmentProcessor, marginMillis: 4000 },
  // A second for the last answers, and five for what is ready to be sent to receivers (main.ts).
  { program: alertEngine, marginMillis: 6000 },
])('$program.name is not killed while it drains', ({ program, marginMillis }) => {
  const { name, stopDeadlineMillis } = program;
  const text = readFileSync(join(__dirname, '../../..', `apps/${name}/config/${name}.yaml`), 'utf8');
  const { shutdown } = parse(text) as { shutdown: { drain: string } };
  const [, seconds] = /^(\d+)s$/.exec(shutdown.drain) ?? [];
  expect(stopDeadlineMillis).toBeGreaterThan(Number(seconds) * 1000 + marginMillis);
});
