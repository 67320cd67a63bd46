import { checksOf, isWell } from './checks.ts';
import type { Evidence } from './evidence.ts';

const complete: Evidence = {
  traceIds: ['a'],
  spans: [
    { kind: 'server', parent: 'none', hasRoute: true },
    { kind: 'client', parent: 'found', hasRoute: false },
  ],
  resource: {
    'service.version': '1',
    'service.instance.id': 'i',
    'deployment.environment.name': 'test',
    'service.owner': 'team',
  },
  logs: { lines: 3, linesWithTrace: 2, traces: new Map([['a', true]]) },
  metricNames: ['http_server_request_duration_seconds_count'],
  countedCalls: 4,
  knownServices: ['orders', 'users'],
};
const nothing: Evidence = {
  traceIds: [],
  spans: [],
  resource: {},
  logs: { lines: 0, linesWithTrace: 0, traces: new Map() },
  metricNames: [],
  countedCalls: 0,
  knownServices: ['orders', 'users'],
};

const states = (evidence: Evidence): Record<string, string> =>
  Object.fromEntries(checksOf('user', evidence).map(({ name, state }) => [name, state]));

test('a service that has everything is well, and is told to do nothing', () => {
  const checks = checksOf('users', complete);
  expect(checks.filter(({ state, remedy }) => state !== 'ok' || remedy !== undefined)).toEqual([]);
  expect(isWell(checks)).toBe(true);
});

test('of a service that sends nothing everything is missing, with a remedy and the nearest name', () => {
  const checks = checksOf('user', nothing);
  expect(checks.every(({ state, remedy }) => state === 'missing' && remedy !== undefined)).toBe(true);
  expect(checks[0]?.remedy).toContain('Did you mean users?');
  expect(isWell(checks)).toBe(false);
});

test.each<[string, Partial<Evidence>, string, 'incomplete' | 'missing']>([
  [
    'no server span',
    { spans: [{ kind: 'client', parent: 'none', hasRoute: true }] },
    'entry spans',
    'missing',
  ],
  ['no route', { spans: [{ kind: 'server', parent: 'none', hasRoute: false }] }, 'entry spans', 'incomplete'],
  [
    'a parent that is not there',
    { spans: [{ kind: 'server', parent: 'missing', hasRoute: true }] },
    'parent links',
    'incomplete',
  ],
  ['no version', { resource: { 'service.owner': 'team' } }, 'resource', 'incomplete'],
  [
    'no owner',
    { resource: { ...complete.resource, 'service.owner': undefined } as never },
    'owner',
    'incomplete',
  ],
  ['lines without ids', { logs: { lines: 3, linesWithTrace: 0, traces: new Map() } }, 'logs', 'incomplete'],
  [
    'lines of traces that are not there',
    { logs: { lines: 3, linesWithTrace: 3, traces: new Map([['a', false]]) } },
    'logs → traces',
    'incomplete',
  ],
  ['no metrics', { metricNames: [] }, 'metrics', 'missing'],
  ['no calls', { countedCalls: 0 }, 'RED metrics', 'missing'],
])('%s', (_what, change, name, state) => {
  expect(states({ ...complete, ...change })[name]).toBe(state);
});
