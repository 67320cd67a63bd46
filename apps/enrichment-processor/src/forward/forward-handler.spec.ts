import { encodeBytesField } from '@trace/otlp';
import type { Enricher } from '../enrich/enricher';
import { Metrics } from '../metrics';
import { forwardHandler } from './forward-handler';

const MEBIBYTE = 1024 * 1024;
/** A ResourceSpans that only holds an unknown field. */
const slice = encodeBytesField(1, encodeBytesField(100, Buffer.alloc(0.8 * MEBIBYTE)));

describe('a request that goes on in parts', () => {
  const enricher = {
    current: { limits: { maxOutputBytes: MEBIBYTE } },
    enrich: () => [slice, slice, slice],
  } as unknown as Enricher;

  async function forwardedUntil(isOver: (parts: number) => boolean): Promise<[parts: number, end: string]> {
    let parts = 0;
    const forwarder = {
      export: () => {
        parts += 1;
        return Promise.resolve(Buffer.alloc(0));
      },
    };
    const end = await forwardHandler(
      enricher,
      forwarder,
      new Metrics(),
    )(Buffer.alloc(10), {
      signal: 'traces',
      peer: '127.0.0.1:1',
      receivedAtEpochMillis: Date.now(),
      isOver: () => isOver(parts),
    }).then(
      () => 'OK',
      (error: unknown) => (error as { code: string }).code,
    );
    return [parts, end];
  }

  it('is forwarded to its last part', async () => {
    expect(await forwardedUntil(() => false)).toEqual([3, 'OK']);
  });

  it('is given up when its call is over: the sender tries again, with all of it', async () => {
    expect(await forwardedUntil((parts) => parts === 1)).toEqual([1, 'CANCELLED']);
  });
});
