import { meaningfulLine } from './meaningful-line.ts';

test.each([
  ['nothing', [], undefined],
  ['only blanks', ['', '  '], undefined],
  ['no error: the last line', ['one', 'two', ''], 'two'],
  ['an error before harmless lines', ['Error: no such host', 'bye'], 'Error: no such host'],
  [
    'a stack trace',
    ['TypeError: x is not a function', '    at main (a.js:1:2)', '    at b.js:3:4'],
    'TypeError: x is not a function',
  ],
  [
    'a Go panic',
    ['panic: boom', '', 'goroutine 1 [running]:', '\t/src/main.go:7', 'exit status 2'],
    'panic: boom',
  ],
  [
    'JSON of zap',
    ['{"level":"error","msg":"Cannot start pipelines","error":"listen tcp 127.0.0.1:4317: address in use"}'],
    'Cannot start pipelines: listen tcp 127.0.0.1:4317: address in use',
  ],
  [
    'JSON of pino',
    ['{"level":"fatal","msg":"cannot listen","err":{"message":"EACCES"}}'],
    'cannot listen: EACCES',
  ],
  [
    'JSON by its level',
    ['{"level":"error","msg":"disk is full"}', '{"level":"info","msg":"bye"}'],
    'disk is full',
  ],
  [
    'logfmt',
    ['ts=1 level=error msg="loading \\"x\\"" err="no such file"', 'level=info msg=bye'],
    'loading "x": no such file',
  ],
  [
    'a stack inside of logfmt',
    [
      String.raw`level=error msg="error running loki" err="no address\nerror initialising x\nmain.f\n\ta.go:1\nmain.g\n\tb.go:2"`,
    ],
    'error running loki: no address: error initialising x',
  ],
  ['colours', ['\u001b[31mfatal: no\u001b[0m'], 'fatal: no'],
])('%s', (_, lines, expected) => {
  expect(meaningfulLine(lines)).toBe(expected);
});

test('a long line is cut', () => {
  expect(meaningfulLine([`error ${'x'.repeat(1000)}`])).toHaveLength(300);
});
