import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { type ForwarderOptions, type TransportTls, WatchedFiles } from '@trace/otlp';
import type { ForwardConfig } from './forward-config';

/** Told when a file that may change has changed, with the error if what it holds cannot be used. */
export type OnFileReload = (what: 'tls' | 'token', error?: Error) => void;

/**
 * The forwarder's options; paths are relative to `file`, the configuration that names them. Certificates and
 * token are read here, and looked at again now and then; throws if they cannot be read or used.
 */
export function forwarderOptions(
  forward: ForwardConfig,
  file: string,
  onFileReload: OnFileReload,
): ForwarderOptions {
  const folder = dirname(file);
  const tls = forward.tls && watchTls(forward.tls, folder, onFileReload);
  const bearerToken = forward.bearerToken && watchToken(forward.bearerToken, folder, onFileReload);
  return {
    endpoint: forward.endpoint,
    transport: forward.transport,
    connections: forward.connections,
    timeoutMillis: forward.timeout,
    connectTimeoutMillis: forward.connectTimeout,
    keepaliveMillis: forward.keepalive,
    keepaliveTimeoutMillis: forward.keepaliveTimeout,
    maxReconnectMillis: forward.maxReconnect,
    maxConcurrentExports: forward.maxConcurrentRequests,
    maxResponseBytes: forward.maxResponseBytes,
    compression: forward.compression,
    maxRequestBytes: forward.maxRequestBytes,
    ...(tls && { tls }),
    ...(bearerToken && { bearerToken }),
  };
}

type FileName = 'ca' | 'cert' | 'key';

function watchTls(
  { ca, certificate, key, serverName, reloadInterval }: NonNullable<ForwardConfig['tls']>,
  folder: string,
  onFileReload: OnFileReload,
): () => TransportTls {
  const named = Object.entries({ ca, cert: certificate, key }).filter((entry) => entry[1] !== undefined);
  const paths = Object.fromEntries(named.map(([name, path]) => [name, resolve(folder, path ?? '')]));
  let current: TransportTls = {};
  new WatchedFiles(
    paths as Record<FileName, string>,
    (contents) => {
      createSecureContext(contents); // throws for what is no certificate, or not this key's
      current = { ...contents, ...(serverName !== undefined && { serverName }) };
    },
    (error) => {
      onFileReload('tls', error);
    },
  ).start(reloadInterval);
  return () => current;
}

function watchToken(
  { file, token = '', reloadInterval }: NonNullable<ForwardConfig['bearerToken']>,
  folder: string,
  onFileReload: OnFileReload,
): () => string {
  if (file === undefined) return () => token;
  let current = '';
  new WatchedFiles(
    { token: resolve(folder, file) },
    (contents) => {
      const text = contents.token.toString().trim();
      if (!/^[!-~]+$/.test(text)) throw new Error(`${file} does not hold a token`);
      current = text;
    },
    (error) => {
      onFileReload('token', error);
    },
  ).start(reloadInterval);
  return () => current;
}
