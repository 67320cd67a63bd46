import { stripVTControlCharacters } from 'node:util';

import { ManualClock } from '../testing/manual-clock.ts';
import { paint } from './style.ts';
import { Terminal, type Row } from './terminal.ts';

function terminal(
  isTTY: boolean,
  columns = 100,
): { terminal: Terminal; clock: ManualClock; text: () => string } {
  const clock = new ManualClock();
  let text = '';
  const output = { write: (chunk: string) => (text += chunk), isTTY, columns };
  return { terminal: new Terminal(output, { clock, color: true }), clock, text: () => text };
}

const row = (clock: ManualClock, overrides: Partial<Row>): Row => ({
  name: 'tempo',
  state: 'building',
  since: clock.now(),
  detail: 'builds',
  progress: 'active',
  ...overrides,
});

test('without a terminal each change is one line, and a long build says every 15 s that it lives', () => {
  const { terminal: t, clock, text } = terminal(false);
  const building = row(clock, {});
  t.show([building]);
  t.show([{ ...building, detail: 'builds, 7 packages compiled' }]);
  clock.advance(14_999);
  t.tick();
  expect(text().split('\n')).toHaveLength(2);
  clock.advance(1);
  t.tick();
  t.tick();
  t.show([row(clock, { state: 'ready', detail: 'http://127.0.0.1:3200', progress: 'done' })]);
  clock.advance(60_000);
  t.tick();
  t.close();
  expect(text()).toBe(
    [
      'tempo                 building    0.0 s  builds',
      '… tempo builds, 7 packages compiled (15 s)',
      'tempo                 ready              http://127.0.0.1:3200',
      '',
    ].join('\n'),
  );
});

test('what waits or was stopped is no news', () => {
  const { terminal: t, clock, text } = terminal(false);
  t.show([
    row(clock, { progress: 'waiting' }),
    row(clock, { name: 'loki', state: 'stopped', progress: 'done' }),
  ]);
  clock.advance(60_000);
  t.tick();
  t.close();
  expect(text()).toBe('');
});

test('on a terminal the rows are redrawn in place, below what was said', () => {
  const { terminal: t, clock, text } = terminal(true);
  t.show([row(clock, {})]);
  t.say('a line');
  const drawn = `tempo                 ${paint('yellow', 'building ')}   0.0 s  builds\n`;
  expect(text()).toBe(`${drawn}\u001b[1A\u001b[0Ja line\n${drawn}`);
  t.close();
});

test('once settled, a terminal gets lines like anything else', () => {
  const { terminal: t, clock, text } = terminal(true);
  const ready = row(clock, { state: 'ready', progress: 'done' });
  t.show([ready]);
  t.settle();
  const before = text().length;
  t.show([ready]);
  expect(text()).toHaveLength(before);
  t.show([row(clock, { state: 'starting' })]);
  t.say('a line');
  expect(stripVTControlCharacters(text().slice(before))).toBe(
    'tempo                 starting    0.0 s  builds\na line\n',
  );
  t.close();
});

test('a row never wraps, which would break the redrawing', () => {
  const { terminal: t, clock, text } = terminal(true, 50);
  t.show([row(clock, { detail: 'x'.repeat(200) })]);
  const visible = stripVTControlCharacters(text()).trimEnd();
  expect(visible).toHaveLength(50);
  t.close();
});
