import { globSync } from 'node:fs';
import { join } from 'node:path';

import { orderCases } from './case-order.ts';

describe('orderCases', () => {
  const files = globSync('cases/*/*.spec.ts', { cwd: join(import.meta.dirname, '../../../e2e') });

  it('gives each spec file of the e2e one place', () => {
    const placed = Object.values(orderCases(files)).flat() as string[];
    expect(placed).toHaveLength(files.length);
    expect(new Set(placed)).toEqual(new Set(files));
  });

  it('begins with the long ones', () => {
    expect(orderCases(files).shared[0]).toMatch(/03-kill-nothing-lost\/kill-nothing-lost/);
  });

  it('names a case that is not there any more', () => {
    const without = files.filter((file) => !file.includes('22-kafka'));
    expect(() => orderCases(without)).toThrow('there is no e2e case 22-kafka');
  });
});
