import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNALS } from '../signal';
import { corpus } from './corpus';
import { CORPUS } from './fuzz';

/** `npm run corpus -w @trace/otlp`: writes corpus/ anew. */
rmSync(CORPUS, { recursive: true, force: true });
for (const signal of SIGNALS) {
  mkdirSync(join(CORPUS, signal), { recursive: true });
  for (const [name, bytes] of Object.entries(corpus(signal)))
    writeFileSync(join(CORPUS, signal, name), bytes);
}
