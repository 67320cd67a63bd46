import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defaultDownloadLimits, downloadFile, type DownloadLimits } from './download.ts';

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');
/** Deadlines that no test meets by being slow; a test about one sets it. */
const patient: DownloadLimits = {
  ...defaultDownloadLimits,
  answerTimeoutMillis: 30_000,
  idleTimeoutMillis: 30_000,
};

let directory: string;
let server: Server;
let requests: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trace-download-'));
  requests = 0;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

async function serve(handler: RequestListener): Promise<string> {
  server = createServer((request, response) => {
    requests++;
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/program.tar.gz`;
}

function download(url: string, limits = patient, signal = new AbortController().signal): Promise<string> {
  return downloadFile(url, join(directory, 'file'), { limits, signal, onProgress: () => undefined });
}

test('a good file arrives with its hash, and progress knows the total', async () => {
  const url = await serve((_, response) => response.end(content));
  const progress: (number | undefined)[][] = [];
  const hash = await downloadFile(url, join(directory, 'file'), {
    limits: patient,
    signal: new AbortController().signal,
    onProgress: (received, total) => progress.push([received, total]),
  });
  expect(hash).toBe(sha256);
  expect(readFileSync(join(directory, 'file')).equals(content)).toBe(true);
  expect(progress.at(-1)).toEqual([content.length, content.length]);
});

test('redirects are followed', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/asset') response.end(content);
    else response.writeHead(302, { location: '/asset' }).end();
  });
  await expect(download(url)).resolves.toBe(sha256);
});

test('a transfer that breaks off is tried again, and named after three tries', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 1000), () => response.destroy());
  });
  await expect(download(url)).rejects.toMatchObject({ code: 'truncated' });
  expect(requests).toBe(3);
});

test('a transfer that broke off once is had at the second try, from the start', async () => {
  const url = await serve((_, response) => {
    if (requests > 1) response.end(content);
    else
      response
        .writeHead(200, { 'content-length': content.length })
        .write(content.subarray(0, 1000), () => response.destroy());
  });
  await expect(download(url)).resolves.toBe(sha256);
});

test('404 is said at once, without a second try', async () => {
  const url = await serve((_, response) => response.writeHead(404).end());
  await expect(download(url)).rejects.toMatchObject({ code: 'http', message: `${url} answered 404` });
  expect(requests).toBe(1);
});

test('503 is tried again', async () => {
  const url = await serve((_, response) =>
    requests > 1 ? response.end(content) : response.writeHead(503).end(),
  );
  await expect(download(url)).resolves.toBe(sha256);
});

test('a closed port is a network failure, at once', async () => {
  const url = await serve(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  await expect(download(url)).rejects.toThrow('cannot be reached (ECONNREFUSED)');
  server = createServer().listen(0, '127.0.0.1');
});

test('a server that never answers is a network failure after the answer timeout', async () => {
  const url = await serve(() => undefined);
  const failure = download(url, { ...patient, answerTimeoutMillis: 1500 });
  await expect(failure).rejects.toThrow('did not answer within 1.5 s');
  await expect(failure).rejects.toMatchObject({ code: 'network' });
  expect(requests).toBe(1);
});

test('a server that stops sending is given up after the idle timeout', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 1000));
  });
  await expect(download(url, { ...patient, idleTimeoutMillis: 200, attempts: 1 })).rejects.toMatchObject({
    code: 'truncated',
  });
});

test('a server that drips is given up although it never falls silent', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => {
      clearInterval(drip);
    });
  });
  const limits = { ...patient, slowAfterMillis: 100 };
  await expect(download(url, limits)).rejects.toThrow('too slow');
});

test('more bytes than any of the programs has are refused', async () => {
  const url = await serve((_, response) => response.end(content));
  await expect(download(url, { ...patient, maxBytes: 1000 })).rejects.toMatchObject({ code: 'http' });
});

test('the launcher’s stop ends a download', async () => {
  const controller = new AbortController();
  const url = await serve((_, response) => {
    response.writeHead(200).write('x', () => {
      controller.abort();
    });
  });
  await expect(download(url, patient, controller.signal)).rejects.toMatchObject({ code: 'aborted' });
});
