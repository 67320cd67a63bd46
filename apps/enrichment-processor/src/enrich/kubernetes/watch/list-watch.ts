import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiRequest } from '../api/api-client';
import { ApiError } from '../api/api-error';
import type { ObjectSink } from '../lookup/object-sink';
import type { ApiList, ApiObject, WatchEvent } from '../objects/api-shapes';
import { BackOff } from './back-off';
import type { WatchedResource } from './resource';
import type { WatchLog } from './watch-log';
import { WatchState } from './watch-state';

export interface ListWatchOptions {
  readonly pageSize: number;
  readonly requestTimeoutMillis: number;
  readonly watchTimeoutMillis: number;
  readonly watchIdleTimeoutMillis: number;
  readonly maxBackoffMillis: number;
  readonly maxObjectBytes: number;
}

/** After so many failures in a row, watching where we were is given up for a list. */
const FAILURES_BEFORE_LIST = 8;
/** A watch that lasted so long had nothing wrong with it, whatever ended it. */
const HEALTHY_WATCH_MILLIS = 5_000;

/**
 * Keeps a sink equal to what the API server has (kubernetes.io/docs/reference/using-api/api-concepts, "Efficient
 * detection of changes"): lists in pages, watches from the list's resourceVersion with bookmarks, goes on where
 * it was after an interruption, and lists anew only when the server has forgotten that place (410 Gone). What is
 * known stays known meanwhile: only a complete list takes objects away.
 */
export class ListWatch {
  readonly state: WatchState;
  readonly #stop = new AbortController();
  readonly #backOff: BackOff;
  #running: Promise<void> | undefined;

  constructor(
    readonly resource: WatchedResource,
    readonly sink: ObjectSink,
    private readonly client: ApiClient,
    private readonly options: ListWatchOptions,
    private readonly log: WatchLog,
    private readonly onProgress: () => void,
  ) {
    this.state = new WatchState(resource.name);
    this.#backOff = new BackOff(options.maxBackoffMillis, Math.random);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.state.phase = 'stopped';
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      const startedMillis = performance.now();
      try {
        this.state.resourceVersion ??= await this.#list();
        await this.#watch(this.state.resourceVersion);
        if (performance.now() - startedMillis >= HEALTHY_WATCH_MILLIS) this.#backOff.reset();
        // A server that ends each watch at once is not to be asked without a pause.
        else await this.#pause();
      } catch (cause) {
        if (this.#isStopped()) return;
        if (performance.now() - startedMillis >= HEALTHY_WATCH_MILLIS) this.#backOff.reset();
        await this.#recover(ApiError.from(cause));
      }
    }
  }

  /** @returns the resourceVersion that a watch goes on from */
  async #list(): Promise<string> {
    const { state, options } = this;
    state.phase = 'listing';
    const startedMillis = performance.now();
    const uids = new Set<string>();
    let token = '';
    let version: string | undefined;
    do {
      const page = (await this.client.list(
        this.#request({ limit: String(options.pageSize), ...(token === '' ? {} : { continue: token }) }),
        { deadlineMillis: options.requestTimeoutMillis, maxObjectBytes: options.maxObjectBytes },
        (item) => {
          const object = item as ApiObject;
          if (object.metadata?.uid !== undefined) uids.add(object.metadata.uid);
          this.sink.upsert(object);
        },
      )) as ApiList;
      // All pages are one moment's state; each says which.
      version = page.metadata?.resourceVersion;
      token = page.metadata?.continue ?? '';
      state.pages += 1;
      this.#heard();
    } while (token !== '');
    if (version === undefined || version === '')
      throw new ApiError('malformed', 'the list has no resourceVersion');
    this.sink.retain(uids);
    state.lists += 1;
    state.lastListMillis = performance.now() - startedMillis;
    state.synced = true;
    this.#backOff.reset();
    this.log.listed(this.resource, uids.size, state);
    this.onProgress();
    return version;
  }

  async #watch(from: string): Promise<void> {
    const { state, options } = this;
    state.phase = 'connecting';
    state.watches += 1;
    const timeoutMillis = options.watchTimeoutMillis * (1 + Math.random());
    await this.client.watch(
      this.#request({
        watch: '1',
        resourceVersion: from,
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(Math.ceil(timeoutMillis / 1000)),
      }),
      {
        idleMillis: options.watchIdleTimeoutMillis,
        maxLineBytes: options.maxObjectBytes,
        onOpen: () => {
          state.phase = 'watching';
        },
      },
      (line) => {
        this.#apply(line as WatchEvent);
      },
    );
  }

  #apply({ type, object = {} }: WatchEvent): void {
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
        this.sink.upsert(object);
        this.state.events += 1;
        break;
      case 'DELETED':
        this.sink.remove(object);
        this.state.events += 1;
        break;
      case 'BOOKMARK':
        this.state.bookmarks += 1;
        break;
      case 'ERROR':
        throw ApiError.fromStatus(object.code ?? 500, object);
      default:
        throw new ApiError('malformed', `a watch event of the unknown type ${String(type)}`);
    }
    this.state.resourceVersion = object.metadata?.resourceVersion ?? this.state.resourceVersion;
    this.#heard();
    if (type !== 'BOOKMARK') this.onProgress();
  }

  async #recover(error: ApiError): Promise<void> {
    const { state } = this;
    state.errors[error.reason] += 1;
    // The server no longer knows the changes since then. A page that is gone starts a list anew, too.
    if (error.reason === 'gone' || error.reason === 'malformed' || error.reason === 'too_large') {
      this.state.resourceVersion = undefined;
    }
    // Silence is not a failure: bookmarks are best effort. The next watch goes on where this one was.
    if (state.phase === 'watching' && error.reason === 'timeout') return;
    state.lastError = { reason: error.reason, message: error.message, atEpochMillis: Date.now() };
    this.log.failed(this.resource, error, state);
    // Such as a cluster that was restored to an earlier time, which has not been where we were.
    if (this.#backOff.failures >= FAILURES_BEFORE_LIST) this.state.resourceVersion = undefined;
    await this.#pause(error.retryAfterMillis);
  }

  async #pause(askedMillis?: number): Promise<void> {
    this.state.phase = 'waiting';
    const pauseMillis = this.#backOff.next(askedMillis);
    await sleep(pauseMillis, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #request(query: Record<string, string>): ApiRequest {
    const { path, metadataOnly, fieldSelector, labelSelector } = this.resource;
    return {
      path,
      metadataOnly,
      signal: this.#stop.signal,
      query: {
        ...query,
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
      },
    };
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #heard(): void {
    this.state.lastHeardEpochMillis = Date.now();
  }
}
