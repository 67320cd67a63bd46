import { spawnSync } from 'node:child_process';
import fs, { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TRANSPORTS } from './create-receiver';
import { Receivers, until } from './testing/receivers';

describe.each(TRANSPORTS)('connections to %s', (transport) => {
  const receivers = new Receivers();
  afterEach(() => receivers.cleanUp());

  function open(port: number): Socket {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    receivers.onCleanUp(() => socket.destroy());
    return socket;
  }

  it('that say nothing are closed', async () => {
    const { port, receiver, connectionErrors } = await receivers.start(transport, {
      handshakeTimeoutMillis: 50,
    });
    const socket = open(port);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(connectionErrors).toEqual(['handshake_timeout']);
    expect(receiver.connectionCount).toBe(0);
  });

  it('that speak TLS to a port without it are closed', async () => {
    const { port, connectionErrors } = await receivers.start(transport);
    const client = receivers.client(`localhost:${port}`, { tls: () => ({}) });
    await expect(client.export('logs', Buffer.alloc(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(connectionErrors[0]).toBe('tls_to_plaintext');
  });

  it('that are closed without a word are not an error', async () => {
    const { port, receiver, connectionErrors } = await receivers.start(transport);
    const socket = open(port);
    await until(() => receiver.connectionCount === 1);
    socket.end();
    await until(() => receiver.connectionCount === 0);
    expect(connectionErrors).toEqual([]);
  });

  it('that are too many push out those that say nothing, not those that work', async () => {
    const { port, receiver, connectionErrors } = await receivers.start(transport, { maxConnections: 3 });
    const good = receivers.client(port);
    await good.export('traces', Buffer.alloc(1));
    const silent = Array.from({ length: 20 }, () => open(port));
    await Promise.all(
      silent.slice(0, 17).map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    await until(() => connectionErrors.length >= 18);
    expect(receiver.connectionCount).toBe(3);
    expect(connectionErrors).toEqual(Array.from({ length: 18 }, () => 'limit'));
    await expect(good.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
    await expect(receivers.client(port).export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
  });

  it('come by a Unix-domain socket, whose file is ours and our group’s, and goes in the end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-socket-'));
    receivers.onCleanUp(() => {
      rmSync(folder, { recursive: true });
    });
    const socketPath = join(folder, 'otlp.sock');
    // A program that was killed leaves its socket behind.
    const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(existsSync(socketPath)).toBe(true);

    let peer = '';
    const { port, receiver } = await receivers.start(transport, { socketPath }, (_body, context) => {
      peer = context.peer;
      return Promise.resolve(undefined);
    });
    expect(port).toBe(0);
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);
    await expect(
      receivers.client(`unix:${socketPath}`).export('traces', Buffer.alloc(10)),
    ).resolves.toHaveLength(0);
    expect(peer).toBe('unix:');
    await expect(receivers.start(transport, { socketPath })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await receiver.shutdown(0);
    expect(existsSync(socketPath)).toBe(false);
  });

  it('come by a Unix-domain socket that was never open to others, whatever the umask is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-socket-'));
    const socketPath = join(folder, 'otlp.sock');
    const umask = process.umask(0);
    receivers.onCleanUp(() => {
      process.umask(umask);
      rmSync(folder, { recursive: true });
    });
    const modes: number[] = [];
    const chmod = jest.spyOn(fs, 'chmodSync').mockImplementation((path) => {
      modes.push(statSync(path).mode & 0o777);
    });
    receivers.onCleanUp(() => {
      chmod.mockRestore();
    });
    await receivers.start(transport, { socketPath });
    expect(modes).toEqual([0o660]);
    expect(process.umask(0)).toBe(0);
  });

  it('are not taken at a path that is something else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-socket-'));
    receivers.onCleanUp(() => {
      rmSync(folder, { recursive: true });
    });
    const socketPath = join(folder, 'a-file');
    writeFileSync(socketPath, 'precious');
    await expect(receivers.start(transport, { socketPath })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(socketPath)).toBe(true);
  });
});

describe('connections to http2 that are idle', () => {
  const receivers = new Receivers();
  afterEach(() => receivers.cleanUp());

  it('make room for new ones, the longest idle first', async () => {
    const { port, receiver, connectionErrors } = await receivers.start('http2-unary', { maxConnections: 4 });
    const clients = Array.from({ length: 12 }, () => receivers.client(port));
    for (const client of clients) await client.export('traces', Buffer.alloc(1));
    expect(connectionErrors).toEqual(Array.from({ length: 8 }, () => 'limit'));
    await until(() => receiver.connectionCount <= 4);
  });

  it('do not make room when all are at work', async () => {
    let settle: () => void = () => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const { port, receiver, connectionErrors } = await receivers.start(
      'http2-unary',
      { maxConnections: 2 },
      async () => {
        await settled;
        return undefined;
      },
    );
    const running = [1, 2].map(() => receivers.client(port).export('traces', Buffer.alloc(1)));
    await until(() => receiver.inFlightBytes === 12);
    await expect(receivers.client(port).export('traces', Buffer.alloc(1), 200)).rejects.toMatchObject({
      retryable: true,
    });
    expect(connectionErrors).toContain('limit');
    settle();
    await expect(Promise.all(running)).resolves.toHaveLength(2);
  });
});
