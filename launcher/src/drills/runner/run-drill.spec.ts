import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { programs } from '../../programs/index.ts';
import { identify } from '../../state/process-identity.ts';
import { writeState } from '../../state/state-file.ts';
import { drillOf, FakeAlerts, firingAlert } from '../../testing/fake-drill.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Drill } from '../drill.ts';
import { ownTrace, owner, valueBetween } from './evidence.ts';
import { runDrill, type Outcome } from './run-drill.ts';

describe('a drill', () => {
  let home: string;
  let clock: ManualClock;
  let alerts: FakeAlerts;
  let stop: AbortController;
  let said: string[];
  let phases: Set<string>;
  let undone: number;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'trace-drill-'));
    clock = new ManualClock();
    alerts = new FakeAlerts();
    stop = new AbortController();
    [said, phases, undone] = [[], new Set(), 0];
    isRunning();
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  const isRunning = (state: 'ready' | 'failed' = 'ready'): void => {
    const self = identify(process.pid)!;
    const since = new Date(clock.now()).toISOString();
    writeState(home, {
      launcher: self,
      programs: programs.map(({ name }) => ({
        name,
        process: self,
        state: name === 'users' ? state : 'ready',
        since,
        address: null,
        detail: '',
      })),
    });
  };
  /** Does it with a clock that goes on whenever there is nothing else to do. */
  const outcomeOf = async (drill: Drill): Promise<Outcome> => {
    let outcome: Outcome | undefined;
    const running = runDrill(drill, {
      home,
      environment: {},
      clock,
      alerts,
      stop: stop.signal,
      show: (phase) => phases.add(phase),
      say: (line) => said.push(line),
    }).then((it) => (outcome = it));
    while (outcome === undefined) {
      await setImmediate();
      clock.advance(250);
    }
    return await running;
  };
  const fires = (changes: Partial<Drill> = {}): Drill =>
    drillOf({
      begin: (run) => {
        run.cleanUp('undoes it', () => {
          undone += 1;
          alerts.alert = undefined;
          return Promise.resolve();
        });
        run.remember('aa');
        void clock.wait(2_000).then(() => (alerts.alert = firingAlert(clock.now(), { trace_ids: 'aa,bb' })));
        return Promise.resolve();
      },
      ...changes,
    });

  it('passes when its alert fires with all of its evidence, and is undone', async () => {
    const outcome = await outcomeOf(
      fires({ evidence: [ownTrace('a trace of it'), valueBetween('half a second', 0.5)] }),
    );
    expect(outcome).toEqual({ name: 'nothing', passed: true, reason: 'fired after 2.0 s' });
    expect(undone).toBe(1);
    expect(said).toEqual([
      '✓ HighLatency of users fired 2.0 s after the drill began: users is slow',
      expect.stringMatching(/^ {4}T0 .* is told with a notification only$/),
      expect.stringMatching(/^ {4}T1 .* 00:00:02\.000$/),
      expect.stringMatching(/^ {4}T2 .* no receiver configured/),
      '✓ it has a trace of it: http://127.0.0.1:3200/api/traces/aa',
      '✓ it has half a second: 612ms',
    ]);
  });

  it('tells the clocks of the notification, when somebody is told', async () => {
    const t0 = clock.now() + 1_000;
    alerts.receiver = true;
    alerts.told = {
      labels: {},
      status: 'firing',
      receiver: 'on-call',
      outcome: 'delivered',
      eventTimeEpochMillis: t0,
      receivedAtEpochMillis: t0 + 500,
      deliveredAtEpochMillis: t0 + 620,
    };
    expect(await outcomeOf(fires())).toMatchObject({ passed: true });
    expect(said.slice(1, 4)).toEqual([
      '    T0  first bad event         00:00:01.000',
      '    T1  received                00:00:01.500  0.5 s later',
      '    T2  delivered to on-call    00:00:01.620  0.1 s later',
    ]);
  });

  it('fails when the alert does not fire in time, and is undone all the same', async () => {
    const outcome = await outcomeOf(
      fires({
        begin: (run) => {
          run.cleanUp('undoes it', () => Promise.resolve(void (undone += 1)));
          return Promise.resolve();
        },
      }),
    );
    expect(outcome).toMatchObject({ passed: false, reason: 'HighLatency of users did not fire within 40 s' });
    expect(undone).toBe(1);
  });

  it('fails when the alert lacks something, and says what', async () => {
    const outcome = await outcomeOf(fires({ evidence: [owner, ownTrace('a trace of it')] }));
    expect(outcome).toMatchObject({
      passed: false,
      reason: 'the alert fired without the owner of the service',
    });
    expect(said).toContain('✗ it has the owner of the service: nobody');
    expect(undone).toBe(1);
  });

  it('waits for evidence that comes later', async () => {
    let asked = 0;
    const late = {
      what: 'a trace',
      check: () => ({ holds: (asked += 1) > 20, found: 'it' }),
    };
    expect(await outcomeOf(fires({ evidence: [late] }))).toMatchObject({ passed: true });
    expect(asked).toBe(21);
    expect(phases).toContain('checking');
  });

  it('fails when it cannot be begun, kept up or undone, with the reason', async () => {
    const fails = (changes: Partial<Drill>): Promise<Outcome> => outcomeOf(fires(changes));
    const never = (): Promise<never> => Promise.reject(new Error('no answer'));
    expect(await fails({ begin: never })).toMatchObject({ passed: false, reason: 'no answer' });
    const begin: Drill['begin'] = (run) => {
      run.repeat(1_000, never);
      return Promise.resolve();
    };
    expect(await fails({ begin })).toMatchObject({ passed: false, reason: 'no answer' });
    const undo: Drill['begin'] = async (run) => {
      run.cleanUp('frees it', never);
      await fires().begin(run);
    };
    expect(await fails({ begin: undo })).toMatchObject({ passed: false, reason: 'frees it: no answer' });
    expect(said).toContain('✗ clean-up: frees it: no answer');
  });

  it('waits while its alert fires already, for three minutes', async () => {
    alerts.alert = firingAlert(clock.now());
    void clock.wait(60_000).then(() => (alerts.alert = undefined));
    expect(await outcomeOf(fires())).toMatchObject({ passed: true });
    expect(phases).toContain('waiting');
    alerts.alert = firingAlert(clock.now());
    expect(await outcomeOf(fires())).toMatchObject({
      passed: false,
      reason: 'HighLatency of users fires already, and has not resolved within 3:00; nothing was done.',
    });
    expect(undone).toBe(1);
  });

  it('is undone on Ctrl-C, at once', async () => {
    const drill = fires();
    const before = clock.now();
    void clock.wait(1_000).then(() => {
      stop.abort();
    });
    expect(await outcomeOf(drill)).toMatchObject({
      passed: false,
      reason: 'interrupted; what was begun is undone',
    });
    expect(undone).toBe(1);
    expect(clock.now() - before).toBeLessThan(2_000);
  });

  it('is refused with one line when the platform, or what it needs of it, does not run', async () => {
    isRunning('failed');
    expect(await outcomeOf(fires({ needs: ['users'] }))).toMatchObject({
      passed: false,
      reason: 'The drill needs users (failed) to be ready: npm run status shows why not.',
    });
    rmSync(join(home, 'run'), { recursive: true });
    expect((await outcomeOf(fires())).reason).toMatch(/^The platform does not run .*: type npm start/);
    expect(undone).toBe(0);
  });
});
