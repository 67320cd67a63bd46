import { isLoopback, isLoopbackName } from './loopback';

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['1.127.0.0', false],
  [undefined, false],
])('the address %s is on this host: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

it.each([
  ['localhost:9464', true],
  ['127.0.0.1:9464', true],
  ['[::1]:9464', true],
  ['rebound.example.com:9464', false],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  [undefined, false],
])('the name %s is of this host: %s', (host, expected) => {
  expect(isLoopbackName(host)).toBe(expected);
});
