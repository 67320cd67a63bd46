import { type ExportContext, type OtlpForwarder, encodeBytesField, encodeKeyValue } from '@trace/otlp';
import { Processor } from './testing/processor';
import { type Downstream, client, requestOf, startDownstream } from './testing/otlp-peers';

/** What the program adds, and that it can be changed and asked for while it runs. */
describe('the program', () => {
  let downstream: Downstream;
  let processor: Processor;
  let sender: OtlpForwarder;
  let received: { body: Buffer; context: ExportContext }[] = [];

  beforeAll(async () => {
    downstream = await startDownstream((body, context) => {
      received.push({ body, context });
      return Promise.resolve(undefined);
    });
  });
  afterAll(() => downstream.stop());
  beforeEach(async () => {
    received = [];
    processor = await Processor.start({
      forward: { endpoint: downstream.endpoint },
      reload: { interval: '50ms' },
      enrich: { logs: {}, geo: {}, session: {} },
    });
    sender = client(processor.otlpPort);
  });
  afterEach(async () => {
    sender.close();
    await processor.stop();
  });

  it('finds the country of an access log line’s client, and the operation', async () => {
    const line =
      '8.8.8.8 - alice [22/Nov/2026:10:00:00 +0000] "DELETE /orders/7 HTTP/1.1" 503 12 "-" "curl/8.0"';
    const record = encodeBytesField(5, encodeBytesField(1, line));
    await sender.export('logs', encodeBytesField(1, encodeBytesField(2, encodeBytesField(2, record))));
    const text = received[0]?.body.toString('latin1') ?? '';
    const attribute = (key: string, value: string): string => encodeKeyValue(key, value).toString('latin1');
    for (const [key, value] of [
      ['client.address', '8.8.8.8'],
      ['geo.country.iso_code', 'US'],
      ['crud.operation', 'delete'],
      ['user.name', 'alice'],
    ] as const) {
      expect(text).toContain(attribute(key, value));
    }
    await processor.metricIs('trace_enrichment_enriched_total{rule="logs/access_log"}', 1);
    await processor.metricIs('trace_enrichment_enriched_total{rule="geo"}', 1);
    await processor.metricIs('trace_enrichment_records_total{signal="logs",outcome="OK"}', 1);
  });

  it('takes a changed configuration into use, and keeps the one before when there is a mistake in it', async () => {
    const reloads = (outcome: string): Promise<number> =>
      processor.metric(`trace_enrichment_config_reloads_total{outcome="${outcome}"}`);
    const enriched = async (): Promise<string> => {
      received = [];
      await sender.export('traces', requestOf('users'));
      return received[0]?.body.toString('latin1') ?? '';
    };

    processor.configure({
      forward: { endpoint: downstream.endpoint, timeout: '3s' },
      reload: { interval: '50ms' },
      enrich: { attributes: { 'deployment.environment.name': 'changed' } },
    });
    while (!((await reloads('applied')) > 0));
    expect(await enriched()).toContain('changed');
    const later = await processor.logged(({ msg }) => String(msg).includes('next start'));
    expect(later.sections).toEqual(['forward']);

    processor.configure({ enrich: { atributes: {} } });
    while (!((await reloads('refused')) > 0));
    expect(await enriched()).toContain('changed');
    expect((await fetch(`${processor.url}/readyz`)).status).toBe(200);
    await processor.metricIs('trace_enrichment_config_last_reload_successful', 0);
    expect(await processor.logged(({ problem }) => problem !== undefined)).toMatchObject({
      level: 'error',
      problem: expect.stringMatching(/enrich\.atributes: .* \(did you mean "attributes"\?\)/) as string,
    });
  });

  it('takes a changed catalogue into use', async () => {
    processor.configureCatalogue({ services: { users: { owner: 'team-new' } } });
    const enriched = async (): Promise<string> => {
      received = [];
      await sender.export('traces', requestOf('users'));
      return received[0]?.body.toString('latin1') ?? '';
    };
    while (!(await enriched()).includes('team-new'));
  });

  it('explains what it adds to whom', async () => {
    const lookup = async (query: string): Promise<unknown> =>
      (await fetch(`${processor.url}/debug/lookup?${query}`)).json();
    expect(await lookup('service.name=users&service.criticality=low')).toEqual({
      kubernetes: null,
      catalogueOwner: 'team-accounts',
      added: {
        'deployment.environment.name': 'test',
        'service.owner': 'team-accounts',
        'service.runbook.url': 'https://runbooks.example.com/users',
      },
    });
    expect(await lookup('ip=10.0.0.300')).toMatchObject({
      status: 400,
      detail: expect.stringContaining('10.0.0.300') as string,
    });
    expect(await lookup('')).toMatchObject({ status: 400 });
  });
});
