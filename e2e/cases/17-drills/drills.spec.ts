import type { Said } from '../../support/launcher.ts';
import { request } from '../../support/openapi.ts';
import { postgresIsMissing } from '../../support/servers.ts';
import { eventually } from '../../support/wait.ts';
import { DrilledPlatform } from './platform.ts';

const paymentsFaults = 'http://127.0.0.1:8083/faults';
const CLOCK = String.raw`\d\d:\d\d:\d\d\.\d{3}`;
const INTERRUPTED = 130;

/** These leave each other alone, and so do those: each group is run at once. */
const first = [
  'failing-payments',
  'memory-leak',
  'poisoned-message',
  'request-timeouts',
  'missing-trace-context',
  'clock-skew',
];
const second = ['retry-storm', 'lost-broker', ...(postgresIsMissing ? [] : ['slow-database'])];

describe('npm run drill', () => {
  const platform = new DrilledPlatform();
  const running = new Map<string, Promise<Said>>();
  const drill = (...words: readonly string[]): Promise<Said> => platform.commands.run('drill', ...words);
  const begin = (names: readonly string[]): void => {
    for (const name of names) running.set(name, drill('run', name));
  };
  const passes = async (name: string): Promise<void> => {
    const { code, said } = (await running.get(name)) ?? { code: null, said: 'was not begun' };
    if (code !== 0) console.log(said);
    expect(said).toMatch(new RegExp(`T0 {2}first bad event +${CLOCK}\n`));
    expect(said).toMatch(new RegExp(`T1 {2}received +${CLOCK} +[\\d.]+ s later\n`));
    expect(said).toMatch(new RegExp(`T2 {2}delivered to \\S+ +${CLOCK} +[\\d.]+ s later\n`));
    expect(said).not.toContain('✗');
    expect(said.split('\n').at(-1)).toMatch(new RegExp(`^✓ ${name} passed: fired after `));
    expect(code).toBe(0);
  };

  afterAll(() => platform.stop());

  it('says what to type while no platform runs, and which drill is meant', async () => {
    const { code, said } = await drill('run', 'clock-skew');
    expect(code).toBe(1);
    expect(said).toMatch(/✗ clock-skew failed: The platform does not run .*: type npm start/);
    const wrong = await drill('run', 'clock-skw');
    expect(wrong.code).toBe(2);
    expect(wrong.said).toMatch(/^There is no drill "clock-skw"; did you mean "clock-skew"\?.*$/);
    expect((await drill()).said).toMatch(/^Usage: .*$/);
  });

  describe('with the platform running, and somebody who is told', () => {
    beforeAll(async () => {
      await platform.start();
      begin(first);
    });

    it.each(first)('%s passes', passes);
  });

  describe('those that break what the others need', () => {
    let blind: Promise<Said>;

    beforeAll(async () => {
      await Promise.all(running.values());
      await platform.switchOff('ClockSkew');
      begin(second);
      blind = drill('run', 'clock-skew');
    });

    it.each(second)('%s passes', passes);

    it('fails when nobody looks: the rule is switched off', async () => {
      const { code, said } = await blind;
      expect(said).toMatch(/✗ clock-skew failed: ClockSkew of drill-clock-skew did not fire within 45 s$/);
      expect(code).toBe(1);
    });
  });

  it('undoes what it has begun on Ctrl-C', async () => {
    const faults = async (): Promise<unknown> => (await request(paymentsFaults, 'GET')).body;
    const isOn = eventually(
      'the fault is on',
      async () => JSON.stringify(await faults()).includes('"errorRate":1') || undefined,
      { timeoutMillis: 240_000, intervalMillis: 20 },
    );
    const { code, said } = await platform.commands.interrupt(isOn, 'drill', 'run', 'failing-payments');
    expect(said).toContain('✗ failing-payments failed: interrupted; what was begun is undone');
    expect(code).toBe(INTERRUPTED);
    expect(await faults()).toEqual({ faults: [] });
  });
});
