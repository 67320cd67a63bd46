import { parseArgs } from 'node:util';
import { fuzz } from './fuzz';

/** `npm run fuzz -w @trace/otlp -- --seconds 3600 --seed 1`; without a seed, one is chosen and printed. */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const end = Date.now() + Number(values.seconds) * 1000;
console.log(`seed ${seed}, ${values.seconds} s`);
const { requests, verdicts } = fuzz(seed, () => Date.now() >= end);
console.log(`${requests} requests: ${JSON.stringify(verdicts)}`);
