import { logLines, promExemplars, promQuery, spansOfTrace } from '../../support/backends.ts';
import { backends, dataPath, sampleServices, Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { ask, serviceMap } from './ask.ts';
import { dashboards } from './dashboard.ts';
import { interpolate } from './interpolate.ts';
import { isMetricOfKubelet, withoutKubelet } from './kubelet.ts';
import { knownMetrics, metricsIn } from './metric-names.ts';
import { problemsOf } from './problems.ts';
import { dataSource, traceOfExemplar } from './provisioned.ts';
import { breakEverything, simulate, Visitors } from './traffic.ts';
import { sendTwoNodes } from './two-nodes.ts';
import { choices } from './variables.ts';

/** The first figures are there after half a minute, rates after a whole one; a busy machine is slower. */
const SETTLES_MILLIS = 150_000;
/** What is broken after that is broken; this is for what a test itself has just begun. */
const PATIENCE = { timeoutMillis: 30_000, intervalMillis: 3000 };

describe('on the sample services', () => {
  let stack: Stack | undefined;
  let more: Stack | undefined;
  let visitors: Visitors | undefined;
  let settledMillis = 0;

  beforeAll(async () => {
    const started = Date.now();
    stack = await Stack.start({ programs: [...backends, ...dataPath, ...sampleServices] });
    // They wait for what they need; a stack does not.
    more = await Stack.start({ programs: ['producer', 'consumer', 'log-simulator', 'load'] });
    visitors = new Visitors();
    // Longer than all of this takes: links to what failed lately must lead to some.
    await breakEverything(1800);
    settledMillis = Date.now() + SETTLES_MILLIS;
    console.log(`started in ${Date.now() - started} ms`);
  });
  afterAll(async () => {
    await visitors?.leave();
    await more?.stop();
    await stack?.stop();
  });

  /** Tries until there are none, and tells those of the last try. */
  async function none(look: () => Promise<string[]>): Promise<void> {
    let problems: string[] = [];
    await eventually(
      'no problems',
      async () => {
        problems = await look();
        return problems.length === 0 || undefined;
      },
      { ...PATIENCE, timeoutMillis: Math.max(settledMillis - Date.now(), PATIENCE.timeoutMillis) },
    ).catch((error: unknown) => {
      if (problems.length === 0) throw error;
    });
    expect(problems).toEqual([]);
  }

  const at = (uid: string): (() => Promise<string[]>) => {
    const dashboard = dashboards.find((one) => one.uid === uid);
    if (dashboard === undefined) return () => Promise.resolve([`no ${uid}`]);
    const here = withoutKubelet(dashboard);
    return () => problemsOf(here);
  };

  it('CRUD operations shows its zeros while no simulation runs', async () => {
    await none(async () => {
      // Nobody has made a line yet, so there is none to lead to.
      const problems = await at('trace-crud')();
      return problems.filter((problem) => !problem.includes('leads to nothing'));
    });
    await simulate();
  });

  it.each(dashboards.map(({ title, uid }) => [title, uid] as const))(
    '%s has data in every panel, legend, variable, annotation and link',
    async (_, uid) => {
      await none(at(uid));
    },
  );

  it('every metric that is named is one that a program has, though nothing has gone wrong yet', async () => {
    const named = new Set<string>();
    for (const dashboard of dashboards) {
      const [values = {}] = await choices(dashboard);
      const targets = [
        ...dashboard.panels
          .filter(({ datasource }) => datasource.uid === 'prometheus')
          .flatMap((panel) => panel.targets),
        ...(dashboard.annotations.list ?? []).map(({ target }) => target),
      ];
      for (const { expr = '' } of targets)
        for (const metric of await metricsIn(interpolate(expr, values)))
          if (!isMetricOfKubelet(metric)) named.add(metric);
    }
    expect(named.size).toBeGreaterThan(40);
    // What a service counts is sent some seconds after it has counted.
    await none(async () => {
      const isKnown = await knownMetrics();
      return [...named].filter((name) => !isKnown(name));
    });
  });

  it('two nodes whose hosts have one name are two series', async () => {
    await sendTwoNodes();
    const memory = dashboards.flatMap(({ panels }) => panels).find(({ title }) => title === 'Memory in use')
      ?.targets[0];
    const machines = await eventually(
      'both nodes',
      async () => {
        const found = (await ask('prometheus', memory ?? {}, { host: 'agent' })).map(
          ({ machine }) => machine,
        );
        return found.length === 0 ? undefined : found;
      },
      PATIENCE,
    );
    expect(machines.sort()).toEqual(['node-a', 'node-b']);
  });

  describe('the data sources lead', () => {
    const {
      tracesToLogsV2: toLogs,
      tracesToMetrics: toMetrics,
      serviceMap: map,
    } = dataSource('tempo').jsonData;

    it('from a trace to its logs, and from a line to its trace', async () => {
      const [field] = dataSource('loki').jsonData.derivedFields ?? [];
      expect(field).toMatchObject({ matcherType: 'label', datasourceUid: 'tempo' });
      const [line] = await logLines('{service_name="orders"} | trace_id!=""', {
        startEpochMillis: Date.now() - 60_000,
        limit: 1,
      });
      const value = line?.labels[field?.matcherRegex ?? ''] ?? '';
      const traceId = interpolate(field?.url ?? '', { '__value.raw': value });
      const [span] = await spansOfTrace(traceId);
      expect(span?.traceId).toBe(traceId);
      const query = interpolate(toLogs?.query ?? '', { '__trace.traceId': traceId });
      const lines = await ask(toLogs?.datasourceUid ?? '', { expr: query, queryType: 'range' }, {});
      expect(lines.map(({ service_name: name }) => name)).toContain('orders');
    });

    it('from a trace to the metrics of its service', async () => {
      const [span] = await eventually(
        'a trace of the gateway',
        async () => {
          const [found] = await ask('tempo', { query: '{ resource.service.name = "gateway" }' }, {});
          return found === undefined ? undefined : spansOfTrace(found.traceID ?? '');
        },
        PATIENCE,
      );
      const tags = (toMetrics?.tags ?? []).map(({ key, value }) => `${value}="${span?.resource[key] ?? ''}"`);
      expect(tags).toHaveLength(1);
      expect(toMetrics?.queries.length).toBeGreaterThan(2);
      for (const { query } of toMetrics?.queries ?? []) {
        const answer = await ask(
          toMetrics?.datasourceUid ?? '',
          { expr: query },
          { __tags: tags.join(', ') },
        );
        expect([query, answer.length > 0]).toEqual([query, true]);
      }
    });

    it('from a metric to a trace, by exemplars', async () => {
      const exemplars = await promExemplars('traces_spanmetrics_latency_bucket', Date.now() - 300_000);
      const traceId = exemplars.map(traceOfExemplar).find((id) => id !== undefined);
      expect(await spansOfTrace(traceId ?? '')).not.toHaveLength(0);
    });

    it('to the service graph, with the calls that the services make', async () => {
      expect(map?.datasourceUid).toBe('prometheus');
      const edges = (await serviceMap()).map(({ client = '', server = '' }) => `${client} → ${server}`);
      expect(edges).toEqual(
        expect.arrayContaining([
          'gateway → users',
          'gateway → orders',
          'orders → users',
          'orders → payments',
          'producer → consumer',
        ]),
      );
      expect(await promQuery('count(traces_service_graph_request_failed_total)')).toHaveLength(1);
    });
  });
});
