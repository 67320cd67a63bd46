import { metrics } from '@opentelemetry/api';
import { reasonOf } from '@trace/runtime';
import { outsideOfTrace } from '@trace/telemetry';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from '../../../config';
import { Backoff } from '../../../links/backoff';
import { LinkState, type Link } from '../../../links/link-state';
import type { Cache } from './cache';

export type CacheSettings = Config['users']['cache'];

/** A Redis server. Each call ends within `commandTimeout`; a server that is away is connected to in the background. */
export class RedisCache implements Cache {
  readonly link: LinkState;
  private readonly redis: Redis;
  private readonly lookups = metrics.getMeter('users').createCounter('users.cache.lookups', {
    description: 'Lookups in the cache, by result: hit, miss, or away when it did not answer.',
    unit: '{lookup}',
  });

  constructor(
    private readonly settings: CacheSettings & { readonly url: URL },
    logger: Logger,
  ) {
    this.link = new LinkState(cacheLink(settings.url), logger);
    const reconnects = new Backoff(settings.maxReconnectDelay);
    this.redis = new Redis(settings.url.href, {
      lazyConnect: true,
      connectTimeout: settings.connectTimeout,
      commandTimeout: settings.commandTimeout,
      retryStrategy: () => reconnects.next(),
      // What cannot be sent or answered now is of no use later.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    });
    this.redis.on('ready', () => {
      reconnects.reset();
      this.link.connected();
    });
    this.redis.on('error', (error) => {
      this.link.disconnected(reasonOf(error));
    });
    this.redis.on('close', () => {
      this.link.disconnected();
    });
  }

  /** Connects in the background, again and again. */
  connect(): void {
    // A failure is told by the events.
    outsideOfTrace(() => this.redis.connect()).catch(() => undefined);
  }

  async read(key: string): Promise<string | undefined> {
    const reply = await this.attempt(() => this.redis.get(key));
    this.lookups.add(1, { result: reply === undefined ? 'away' : reply === null ? 'miss' : 'hit' });
    return reply ?? undefined;
  }

  async write(key: string, value: string): Promise<void> {
    // One that did not answer the question is not waited for a second time.
    if (this.link.state === 'disconnected') return;
    await this.attempt(() => this.redis.set(key, value, 'PX', this.settings.ttl));
  }

  async remove(key: string): Promise<void> {
    await this.attempt(() => this.redis.del(key));
  }

  close(): Promise<void> {
    this.redis.removeAllListeners('close');
    this.redis.disconnect();
    return Promise.resolve();
  }

  /** The reply; undefined when there is none in time. */
  private async attempt<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (this.redis.status !== 'ready') return undefined;
    try {
      const reply = await command();
      this.link.connected();
      return reply;
    } catch (error) {
      this.link.disconnected(reasonOf(error));
      return undefined;
    }
  }
}

/** Nothing of the URL's user and password. */
function cacheLink({ hostname, port }: URL): Link {
  const system = 'redis';
  return {
    name: 'cache',
    isRequired: false,
    meanwhile: 'going on without it',
    peer: { system, address: hostname, port: port === '' ? 6379 : Number(port) },
    attributes: { 'db.system.name': system },
  };
}
