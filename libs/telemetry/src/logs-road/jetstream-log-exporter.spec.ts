import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { JetStreamLogExporter } from './jetstream-log-exporter';

const KIB = 1024;
const resource = resourceFromAttributes({ 'service.name': 'com.example.shop' });

function record(body: string): ReadableLogRecord {
  return {
    hrTime: [1, 0],
    hrTimeObserved: [1, 0],
    body,
    resource,
    instrumentationScope: { name: 'test' },
    attributes: {},
    droppedAttributesCount: 0,
  };
}

describe('the exporter to JetStream', () => {
  let published: { readonly subject: string; readonly bytes: number; readonly deadline: number }[];
  let confirm: (index: number) => Promise<void>;
  let isClosed: boolean;
  let exporter: JetStreamLogExporter;

  beforeEach(() => {
    published = [];
    isClosed = false;
    confirm = () => Promise.resolve();
    exporter = new JetStreamLogExporter(
      {
        maxPayloadBytes: 1024 * KIB,
        publish: (subject, data, deadline) => {
          published.push({ subject, bytes: data.length, deadline });
          return confirm(published.length - 1);
        },
        close: () => {
          isClosed = true;
          return Promise.resolve();
        },
      },
      () => 1000,
    );
  });

  const exported = (records: ReadableLogRecord[]): Promise<ExportResult> =>
    new Promise((resolve) => {
      exporter.export(records, resolve);
    });

  it('publishes a request for the service, and succeeds with the confirmation', async () => {
    let isConfirmed = false;
    confirm = async () => {
      await Promise.resolve();
      isConfirmed = true;
    };
    expect(await exported([record('a'), record('b')])).toEqual({ code: ExportResultCode.SUCCESS });
    expect(isConfirmed).toBe(true);
    expect(published).toMatchObject([{ subject: 'logs.com_example_shop', deadline: 26_000 }]);
  });

  it('cuts what is too large for a message, and leaves nothing out', async () => {
    const text = 'x'.repeat(30 * KIB);
    const result = await exported(Array.from({ length: 20 }, () => record(text)));
    expect(result.code).toBe(ExportResultCode.SUCCESS);
    expect(published.length).toBeGreaterThan(1);
    expect(Math.max(...published.map(({ bytes }) => bytes))).toBeLessThanOrEqual(256 * KIB);
    expect(published.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(20 * 30 * KIB);
  });

  it('fails for a record that the server does not take, and sends the others', async () => {
    const result = await exported([record('x'.repeat(1024 * KIB)), record('small')]);
    expect(result).toMatchObject({ code: ExportResultCode.FAILED });
    expect(result.error?.message).toMatch(/^NATS takes no log record of \d+ bytes$/);
    expect(published).toHaveLength(1);
  });

  it('fails with what is not confirmed', async () => {
    confirm = () => Promise.reject(new Error('no confirmation'));
    expect(await exported([record('a')])).toMatchObject({
      code: ExportResultCode.FAILED,
      error: { message: 'no confirmation' },
    });
  });

  it('takes no more than a few requests at a time', async () => {
    const release: (() => void)[] = [];
    confirm = () => new Promise((resolve) => release.push(resolve));
    const under = Array.from({ length: 4 }, () => exported([record('a')]));
    expect(await exported([record('b')])).toMatchObject({
      code: ExportResultCode.FAILED,
      error: { message: 'too many log requests wait for NATS' },
    });
    for (const each of release) each();
    await Promise.all(under);
    confirm = () => Promise.resolve();
    expect((await exported([record('c')])).code).toBe(ExportResultCode.SUCCESS);
  });

  it('is closed when what is under way is confirmed', async () => {
    let release: () => void = () => undefined;
    confirm = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const done = exported([record('a')]);
    const closing = exporter.shutdown();
    await Promise.resolve();
    expect(isClosed).toBe(false);
    release();
    await Promise.all([done, closing]);
    expect(isClosed).toBe(true);
  });
});
