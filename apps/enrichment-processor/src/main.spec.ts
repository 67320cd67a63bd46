import { createServer, type AddressInfo } from 'node:net';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from './config';
import { deferred } from './testing/deferred';
import { Processor, type TestConfig } from './testing/processor';
import { client, requestOf, startDownstream } from './testing/otlp-peers';

const processors: Processor[] = [];
async function start(config: TestConfig): Promise<Processor> {
  const processor = await Processor.start(config);
  processors.push(processor);
  return processor;
}
afterEach(async () => {
  await Promise.all(processors.splice(0).map((processor) => processor.stop()));
});

async function failToStart(config: TestConfig): Promise<{ code: number | null; lines: string[] }> {
  const processor = new Processor(config);
  processors.push(processor);
  const code = await processor.exited;
  return { code, lines: processor.stderr.trim().split('\n') };
}

describe('the configuration', () => {
  it.each<[string, TestConfig, RegExp]>([
    [
      'a value of the wrong kind',
      { receive: { maxReceiveBytes: '64MB' } },
      /enrichment-processor\.yaml: receive\.maxReceiveBytes: got "64MB", expected a size such as/,
    ],
    [
      'a name that is misspelt',
      { receive: { maxConection: 5 } },
      /enrichment-processor\.yaml: receive\.maxConection: .* \(did you mean "maxConnections"\?\)/,
    ],
    [
      'an endpoint that is none',
      { forward: { endpoint: 'http://x' } },
      /forward\.endpoint: got .*, expected host:port such as/,
    ],
    [
      'a limit below another that needs it',
      { receive: { maxInFlightBytes: '1MiB' } },
      /receive\.maxInFlightBytes: got 1048576, expected at least receive\.maxReceiveBytes/,
    ],
    [
      'an entry of the catalogue',
      { catalogue: { services: { users: { owner: 'a', criticality: 'hihg' } } } },
      /catalogue\.yaml: services\.users\.criticality: got "hihg", expected one of .* \(did you mean "high"\?\)/,
    ],
    [
      'a catalogue that is not there',
      { enrich: { catalogue: 'none.yaml' } },
      /none\.yaml: nothing is set, expected a file that can be read/,
    ],
  ])('with %s keeps the program from starting, in one line', async (_what, config, line) => {
    const { code, lines } = await failToStart(config);
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(code).toBe(78);
  });

  it('that ships says what the defaults are', () => {
    const shipped = loadConfig({});
    expect(Object.keys(shipped.catalogue.services)).toEqual(['gateway', 'users', 'orders', 'payments']);
    const { attributes, catalogue } = shipped.config.enrich;
    const enrich = { attributes, catalogue, logs: {}, geo: {}, session: {} };
    const folder = mkdtempSync(join(tmpdir(), 'trace-enrichment-'));
    const least = join(folder, 'least.yaml');
    const { endpoint } = shipped.config.forward;
    writeFileSync(least, JSON.stringify({ enrich, forward: { endpoint } }));
    copyFileSync(join(dirname(shipped.file), catalogue), join(folder, catalogue));
    expect(loadConfig({ TRACE_ENRICHMENT_CONFIG: least }).config).toEqual(shipped.config);
    rmSync(folder, { recursive: true });
  });
});

describe('the program', () => {
  it.each(['http', 'receive'] as const)('says in one line that %s.port is taken', async (section) => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    const { code, lines } = await failToStart({ [section]: { port } });
    holder.close();
    expect(lines).toEqual([
      expect.stringMatching(`port ${port} on 127.0.0.1 is taken.*set ${section}.port in`),
    ]);
    expect(code).toBe(78);
  });

  it('outlives a SIGHUP while it starts, and reloads when it has', async () => {
    let processor: Processor;
    do {
      processor = new Processor({});
      processors.push(processor);
      const { pid } = processor;
      await until(() => catchesHangUp(pid));
      // On a busy machine it may have started before it was looked at: once more.
    } while (processor.logLines.length > 0);
    processor.signal('SIGHUP');
    await processor.logged(({ msg }) => msg === 'configuration reloaded');
    expect((await fetch(`${processor.url}/readyz`)).status).toBe(200);
  });

  it('is ready whether or not the downstream is there', async () => {
    const processor = await start({});
    expect((await fetch(`${processor.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${processor.url}/healthz`)).status).toBe(200);
  });

  it('answers what is running before it ends, and takes nothing new', async () => {
    const reached = deferred<undefined>();
    const release = deferred<undefined>();
    const downstream = await startDownstream(() => {
      reached.resolve(undefined);
      return release.promise;
    });
    const processor = await start({ forward: { endpoint: downstream.endpoint } });
    const sender = client(processor.otlpPort);
    const running = sender.export('traces', requestOf('users'));
    await reached.promise;
    processor.signal('SIGTERM');
    while ((await fetch(`${processor.url}/readyz`)).status === 200);
    const late = client(processor.otlpPort);
    await expect(late.export('traces', requestOf('users'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    release.resolve(undefined);
    await expect(running).resolves.toHaveLength(0);
    expect(await processor.exited).toBe(0);
    sender.close();
    late.close();
    await downstream.stop();
  });

  it('answers UNAVAILABLE to what is still running when the drain is over', async () => {
    const reached = deferred<undefined>();
    const downstream = await startDownstream(() => {
      reached.resolve(undefined);
      return new Promise(() => undefined);
    });
    const processor = await start({
      forward: { endpoint: downstream.endpoint },
      shutdown: { drain: '100ms' },
    });
    const sender = client(processor.otlpPort);
    const running = sender.export('logs', requestOf('users'));
    running.catch(() => undefined);
    await reached.promise;
    processor.signal('SIGTERM');
    await expect(running).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'shutting down' });
    expect(await processor.exited).toBe(0);
    sender.close();
    await downstream.stop();
  });
});

/** Looks again until it is so; a loop without an end would outlive its test. */
async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`is not so: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Whether the process has a handler for SIGHUP, the first bit of the mask; proc(5). */
function catchesHangUp(pid: number): boolean {
  const mask = /SigCgt:\s+([0-9a-f]+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & 1n) === 1n;
}
