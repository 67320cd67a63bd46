import fc from 'fast-check';
import { type RequestLine, parseRequestLine } from './request-line';

describe('parseRequestLine', () => {
  it.each<[string, RequestLine]>([
    ['GET / HTTP/1.1', { method: 'GET', path: '/', protocolVersion: '1.1' }],
    ['POST /a/b?c=d&e HTTP/2.0', { method: 'POST', path: '/a/b', query: 'c=d&e', protocolVersion: '2' }],
    ['GET /a? HTTP/3', { method: 'GET', path: '/a', protocolVersion: '3' }],
    ['GET /a?b?c HTTP/1.0', { method: 'GET', path: '/a', query: 'b?c', protocolVersion: '1.0' }],
    ['GET /old', { method: 'GET', path: '/old' }],
    ['GET /with space HTTP/1.1', { method: 'GET', path: '/with space', protocolVersion: '1.1' }],
    ['OPTIONS * HTTP/1.1', { method: 'OPTIONS', protocolVersion: '1.1' }],
    ['PROPFIND /dav HTTP/1.1', { method: 'PROPFIND', path: '/dav', protocolVersion: '1.1' }],
    [
      'GET http://example.com:8080/a?b HTTP/1.1',
      {
        method: 'GET',
        scheme: 'http',
        serverAddress: 'example.com',
        serverPort: 8080,
        path: '/a',
        query: 'b',
        protocolVersion: '1.1',
      },
    ],
    [
      'GET HTTPS://[2001:db8::1]?q HTTP/1.1',
      {
        method: 'GET',
        scheme: 'https',
        serverAddress: '2001:db8::1',
        path: '/',
        query: 'q',
        protocolVersion: '1.1',
      },
    ],
    [
      'CONNECT example.com:443 HTTP/1.1',
      { method: 'CONNECT', serverAddress: 'example.com', serverPort: 443, protocolVersion: '1.1' },
    ],
    [
      'CONNECT example.com:99999 HTTP/1.1',
      { method: 'CONNECT', serverAddress: 'example.com', protocolVersion: '1.1' },
    ],
    [
      'GET http://user:secret@example.com/ HTTP/1.1',
      { method: 'GET', scheme: 'http', path: '/', protocolVersion: '1.1' },
    ],
    ['', {}],
    ['GET', {}],
    ['GET HTTP/1.1', {}],
    ['GET /a b', {}],
    ['\u0016\u0003\u0001 \u0000 x', {}],
    [`${'A'.repeat(33)} / HTTP/1.1`, {}],
  ])('%s', (line, expected) => {
    expect(parseRequestLine(line)).toEqual(expected);
  });

  it('finds again what a target was put together from', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~%!$&'()*+,;=:@/-]{0,40}$/);
    fc.assert(
      fc.property(segment, fc.option(segment), (path, query) => {
        const target = `/${path}${query === null ? '' : `?${query}`}`;
        expect(parseRequestLine(`GET ${target} HTTP/1.1`)).toEqual({
          method: 'GET',
          path: `/${path}`,
          ...(query !== null && query !== '' && { query }),
          protocolVersion: '1.1',
        });
      }),
    );
  });

  it('takes any text for an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (line) => {
        const { path = '/', query = 'q' } = parseRequestLine(line);
        expect(path.startsWith('/') && !path.includes('?') && query !== '').toBe(true);
      }),
    );
  });
});
