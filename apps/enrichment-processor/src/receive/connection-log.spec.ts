import { Writable } from 'node:stream';
import { createLogger } from '@trace/runtime';
import { ConnectionLog } from './connection-log';

describe('ConnectionLog', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('tells the first at once, and then once a minute how many and why', () => {
    const lines: Record<string, unknown>[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    });
    const log = new ConnectionLog(createLogger('test', 'info', sink));
    for (let port = 1; port <= 500; port += 1) {
      log.onConnectionError('tls_to_plaintext', { peer: `10.0.0.1:${port}` });
      log.onConnectionError('limit', { peer: '10.0.0.2:1', message: 'full' });
      jest.advanceTimersByTime(100);
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: expect.stringContaining('speaks TLS') as string,
      connectionErrors: { tls_to_plaintext: 1 },
    });
    jest.advanceTimersByTime(10_000);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({
      connectionErrors: { tls_to_plaintext: 499, limit: 500 },
      latest: { tls_to_plaintext: '10.0.0.1:500', limit: '10.0.0.2:1: full' },
    });
    jest.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(2);
    log.onConnectionError('protocol', { peer: 'x' });
    expect(lines).toHaveLength(3);
    log.stop();
  });
});
