import { shownConfig } from './shown-config';

describe('shownConfig', () => {
  it.each<[unknown, unknown]>([
    [{ http: { port: 8090, host: '0.0.0.0' } }, { http: { port: 8090, host: '0.0.0.0' } }],
    [{ http: { apiToken: 'hunter2' } }, { http: { apiToken: '<hidden>' } }],
    [
      { bearerToken: { file: '/hunter2', token: 'hunter2' } },
      { bearerToken: { file: '<hidden>', token: '<hidden>' } },
    ],
    [{ privacy: { key: 42 } }, { privacy: { key: '<hidden>' } }],
    [
      { receivers: [{ name: 'on-call', webhook: { url: 'https://hooks.example.com/T0/hunter2' } }] },
      { receivers: [{ name: 'on-call', webhook: { url: 'hooks.example.com/<hidden>' } }] },
    ],
    [{ heartbeat: { url: 'https://hc-ping.com/hunter2' } }, { heartbeat: { url: 'hc-ping.com/<hidden>' } }],
    [{ url: 'postgres://app:hunter2@db:5432/users' }, { url: 'postgres://<hidden>@db:5432/users' }],
    [
      { url: 'postgres://app:hun@ter/2@db/users?sslmode=require' },
      { url: 'postgres://<hidden>@db/users?<hidden>' },
    ],
    [{ url: new URL('redis://app:hunter2@cache:6379') }, { url: 'redis://<hidden>@cache:6379' }],
    [{ url: 'nats://a:hunter2@one:4222,nats://a:hunter2@two:4222' }, { url: 'nats://<hidden>@two:4222' }],
    [{ url: 'http://prometheus:9090/?key=hunter2' }, { url: 'http://prometheus:9090/?<hidden>' }],
    [{ url: 'http://prometheus:9090' }, { url: 'http://prometheus:9090' }],
    [
      { attributes: { 'a.b': 'c' }, list: ['x', 1, true, null], gone: undefined },
      { attributes: { 'a.b': 'c' }, list: ['x', 1, true, null] },
    ],
  ])('of %j', (config, shown) => {
    expect(shownConfig(config)).toEqual(shown);
    expect(JSON.stringify(shownConfig(config))).not.toContain('hunter2');
  });
});
