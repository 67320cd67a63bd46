import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, type TLSSocket, connect } from 'node:tls';
import type { OtlpForwarder } from '../forward/otlp-forwarder';
import { TRANSPORTS } from './create-receiver';
import { type Identity, authority, identity } from './testing/certificates';
import { Receivers, type Started, until } from './testing/receivers';

const ca = authority('the CA');
const otherCa = authority('another CA');

describe.each(TRANSPORTS)('TLS on %s', (transport) => {
  const receivers = new Receivers();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-tls-'));
    receivers.onCleanUp(() => {
      rmSync(folder, { recursive: true });
    });
  });
  afterEach(() => receivers.cleanUp());

  function write(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  function use({ cert, key }: Pick<Identity, 'cert' | 'key'>): void {
    write('cert.pem', cert);
    write('key.pem', key);
  }

  async function start({ mutual = false, handshakeTimeoutMillis = 30_000 } = {}): Promise<Started> {
    use(identity('server', ca));
    return receivers.start(transport, {
      handshakeTimeoutMillis,
      tls: {
        certificateFile: join(folder, 'cert.pem'),
        keyFile: join(folder, 'key.pem'),
        reloadIntervalMillis: 20,
        ...(mutual && { clientCaFile: write('ca.pem', ca.cert) }),
      },
    });
  }

  function client(port: number, shown?: Identity, trusted = ca): OtlpForwarder {
    return receivers.client(`localhost:${port}`, {
      tls: () => ({ ca: trusted.cert, ...(shown && { cert: shown.cert, key: shown.key }) }),
    });
  }

  /** A handshake by hand, whatever comes of it. */
  function shakeHands(port: number, options: ConnectionOptions): TLSSocket {
    const socket = connect({
      host: '127.0.0.1', // with several addresses to try, Node gives each a quarter of a second
      servername: 'localhost',
      port,
      ca: ca.cert,
      ALPNProtocols: ['h2'],
      ...options,
    });
    socket.on('error', () => undefined);
    receivers.onCleanUp(() => {
      socket.destroy();
    });
    return socket;
  }

  it('serves who trusts its CA', async () => {
    const { port, connectionErrors } = await start();
    await expect(client(port).export('traces', Buffer.alloc(10))).resolves.toHaveLength(0);
    expect(connectionErrors).toEqual([]);
  });

  it('with a CA for clients serves only who has a certificate of it', async () => {
    const { port, connectionErrors } = await start({ mutual: true });
    await expect(
      client(port, identity('a client', ca)).export('traces', Buffer.alloc(10)),
    ).resolves.toHaveLength(0);
    const refused = { code: 'UNAVAILABLE' };
    await expect(client(port).export('logs', Buffer.alloc(1))).rejects.toMatchObject(refused);
    await until(() => connectionErrors.length > 0);
    expect(new Set(connectionErrors)).toEqual(new Set(['tls_no_client_certificate']));
    shakeHands(port, identity('a stranger', otherCa));
    await until(() => connectionErrors.includes('tls_client_certificate_untrusted'));
    shakeHands(port, identity('too late', ca, -1));
    await until(() => connectionErrors.includes('tls_client_certificate_expired'));
  });

  it('gives new connections a renewed certificate, and keeps the old one while the new is broken', async () => {
    const { port, receiver, reloads } = await start();
    const old = client(port);
    await old.export('traces', Buffer.alloc(1));
    const shown = async (): Promise<string | undefined> => {
      const socket = shakeHands(port, {});
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      return socket.getPeerCertificate().subject.CN?.toString();
    };
    expect(await shown()).toBe('server');

    write('cert.pem', 'no certificate');
    await until(() => reloads.length === 1);
    expect(reloads[0]).toMatch(/^tls: /);
    expect(await shown()).toBe('server');

    // Between the two writes certificate and key do not belong together.
    const renewed = identity('renewed', ca, 30);
    write('cert.pem', renewed.cert);
    await until(() => reloads.length === 2);
    expect(reloads[1]).toMatch(/^tls: .*key/i);
    expect(await shown()).toBe('server');
    write('key.pem', renewed.key);
    await until(() => reloads.length === 3);
    expect(reloads[2]).toBe('tls');
    expect(await shown()).toBe('renewed');
    const daysLeft = ((receiver.certificateNotAfterEpochMillis ?? 0) - Date.now()) / 86_400_000;
    expect(Math.round(daysLeft)).toBe(30);
    await expect(old.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
  });

  it('does not start with a key that does not belong to its certificate', async () => {
    const tls = {
      certificateFile: write('a.pem', identity('a', ca).cert),
      keyFile: write('b.pem', identity('b', ca).key),
    };
    await expect(receivers.start(transport, { tls })).rejects.toThrow(/key/i);
  });

  it('survives and counts every kind of misuse, and serves others meanwhile', async () => {
    const { port, connectionErrors } = await start({ handshakeTimeoutMillis: 2000 });
    const good = client(port);
    const misuses: [string, () => void][] = [
      [
        'plaintext_to_tls',
        () => {
          const socket = connectTcp(port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        },
      ],
      [
        'tls_version',
        () => shakeHands(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      ],
      ['tls_alpn', () => shakeHands(port, { ALPNProtocols: ['http/1.1'] })],
      // An empty list is no list: the client says nothing of protocols.
      ['tls_alpn', () => shakeHands(port, { ALPNProtocols: [] })],
      [
        'handshake_timeout',
        () => {
          const socket = connectTcp(port, '127.0.0.1');
          socket.on('error', () => undefined);
          receivers.onCleanUp(() => socket.destroy());
        },
      ],
    ];
    for (const [reason, misuse] of misuses) {
      connectionErrors.length = 0;
      misuse();
      await until(() => connectionErrors.length > 0);
      expect(connectionErrors[0]).toBe(reason);
      await expect(good.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
    }
    connectionErrors.length = 0;
    await expect(client(port, undefined, otherCa).export('logs', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await expect(good.export('traces', Buffer.alloc(1))).resolves.toHaveLength(0);
  });
});

describe('a bearer token in a file', () => {
  const receivers = new Receivers();
  afterEach(() => receivers.cleanUp());

  it('may change, but not to nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-token-'));
    const file = join(folder, 'token');
    receivers.onCleanUp(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(file, 'first\n');
    const { port, reloads } = await receivers.start('http2-unary', {
      bearerToken: { file, reloadIntervalMillis: 20 },
    });
    let token = 'first';
    const client = receivers.client(port, { bearerToken: () => token });
    const send = (): Promise<unknown> => client.export('traces', Buffer.alloc(1));
    await expect(send()).resolves.toHaveLength(0);
    writeFileSync(file, '');
    await until(() => reloads.length === 1);
    expect(reloads[0]).toMatch(/must not be empty/);
    await expect(send()).resolves.toHaveLength(0);
    writeFileSync(file, 'second');
    await until(() => reloads.length === 2);
    await expect(send()).rejects.toThrow(/this bearer token is not accepted/);
    token = 'second';
    await expect(send()).resolves.toHaveLength(0);
  });
});
