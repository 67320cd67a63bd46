import { EXPORT_PATHS } from '../../signal';
import type { CallRequest } from '../connection';
import { authorityOf } from '../endpoint';
import type { TransportOptions } from '../transport';
import { type HeaderField, encodeHeaderBlock, encodeString } from '../../http2/hpack/encode';

/** A literal with a new name; the value follows. */
const TIMEOUT_NAME = Buffer.concat([Buffer.from([0]), encodeString('grpc-timeout')]);
/** More would only be there if every call had its own token. */
const MAX_CACHED_BLOCKS = 16;

/** The header blocks of requests: everything but the timeout is encoded once for each signal and token. */
export class RequestHeads {
  readonly #blocks = new Map<string, Buffer>();
  #lastTimeout = { text: '', value: encodeString('') };

  constructor(private readonly options: TransportOptions) {}

  blockOf(request: CallRequest): Buffer {
    const { signal, token, grpcTimeout } = request;
    const key = token === undefined ? signal : `${signal} ${token}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      if (this.#blocks.size >= MAX_CACHED_BLOCKS) this.#blocks.clear();
      block = encodeHeaderBlock(this.#fields(request));
      this.#blocks.set(key, block);
    }
    return Buffer.concat([block, TIMEOUT_NAME, this.#timeoutValue(grpcTimeout)]);
  }

  /** Senders mostly have one timeout, less what it took to get here. */
  #timeoutValue(grpcTimeout: string): Buffer {
    if (this.#lastTimeout.text !== grpcTimeout) {
      this.#lastTimeout = { text: grpcTimeout, value: encodeString(grpcTimeout) };
    }
    return this.#lastTimeout.value;
  }

  /** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Requests" */
  #fields({ signal, token }: CallRequest): HeaderField[] {
    const { endpoint, tls, compression } = this.options;
    const fields: HeaderField[] = [
      { name: ':method', value: 'POST' },
      { name: ':scheme', value: tls ? 'https' : 'http' },
      { name: ':path', value: EXPORT_PATHS[signal] },
      { name: ':authority', value: authorityOf(endpoint) },
      { name: 'content-type', value: 'application/grpc' },
      { name: 'te', value: 'trailers' },
    ];
    if (compression === 'gzip') {
      fields.push({ name: 'grpc-encoding', value: 'gzip' });
      fields.push({ name: 'grpc-accept-encoding', value: 'identity,gzip' });
    }
    if (token !== undefined)
      fields.push({ name: 'authorization', value: `Bearer ${token}`, sensitive: true });
    return fields;
  }
}
