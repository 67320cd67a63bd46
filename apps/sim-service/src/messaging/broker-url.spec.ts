import { join } from 'node:path';
import { ConfigError } from '@trace/runtime';
import { loadConfig } from '../config';
import { portOf } from './broker-url';

const TRACE_SIM_SERVICE_CONFIG = join(__dirname, '../../config/sim-service.yaml');
const brokerOf = (url?: string): URL =>
  loadConfig({ TRACE_SIM_SERVICE_CONFIG, ...(url === undefined ? {} : { BROKER_URL: url }) }).config.broker
    .url;

describe('BROKER_URL', () => {
  it.each([
    [undefined, 'nats:', 4222],
    ['nats://broker', 'nats:', 4222],
    ['nats://127.0.0.1:14222', 'nats:', 14_222],
    ['amqp://guest:guest@127.0.0.1', 'amqp:', 5672],
    ['amqps://broker:1234/vhost', 'amqps:', 1234],
  ])('%s', (text, protocol, port) => {
    const url = brokerOf(text);
    expect([url.protocol, portOf(url)]).toEqual([protocol, port]);
  });

  it.each(['kafka://user:secret@127.0.0.1:9092', 'nats:', 'localhost:4222', 'amqp://'])(
    'is one line when it is %s, which tells no password',
    (text) => {
      let problem: unknown;
      try {
        brokerOf(text);
      } catch (error) {
        problem = error;
      }
      expect(problem).toBeInstanceOf(ConfigError);
      const { message } = problem as ConfigError;
      expect(message.split('\n')).toHaveLength(1);
      expect(message).toMatch(/broker\.url.*nats:\/\/host:port or amqp:\/\/.*BROKER_URL/);
      expect(message).not.toContain('secret');
    },
  );
});
