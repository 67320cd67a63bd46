import { backendProblem } from './backend-problem.ts';
import { collectorProblem } from './collector-problem.ts';
import { natsProblem } from './nats-problem.ts';

const layer = (name: string, text: string): { name: string; text: string } => ({ name, text });

describe('collectorProblem', () => {
  const layers = [
    layer('base.yaml', 'processors:\n  memory_limiter:\n    check_interval: 1s\n'),
    layer('loki.yaml', 'exporters:\n  otlp_http/loki:\n    sending_queue:\n      queue_size: -1\n'),
  ];

  it('finds the layer, line and path of a value that cannot be decoded', () => {
    const output = [
      '{"level":"info","msg":"something before"}',
      'Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):',
      '',
      `'processors' error reading configuration for "memory_limiter": decoding failed due to the following error(s):`,
      '',
      `'check_interval' time: invalid duration "soon"`,
    ].join('\n');
    expect(collectorProblem(output, layers)).toBe(
      'base.yaml:3: processors.memory_limiter.check_interval: got "1s", expected another value: time: invalid duration "soon"',
    );
  });

  it('finds a value that is decoded and not valid', () => {
    const output =
      'Error: invalid configuration: exporters::otlp_http/loki::sending_queue: `queue_size` must be positive';
    expect(collectorProblem(output, layers)).toBe(
      'loki.yaml:4: exporters.otlp_http/loki.sending_queue.queue_size: got -1, expected another value: `queue_size` must be positive',
    );
  });

  it('takes the last layer that has the place: later layers win', () => {
    const output = 'Error: exporters::otlp_http/loki::sending_queue: `queue_size` must be positive';
    const local = layer('local.yaml', 'exporters:\n  otlp_http/loki:\n    sending_queue: {queue_size: -2}\n');
    expect(collectorProblem(output, [...layers, local])).toMatch(/^local\.yaml:3: .*got -2/);
  });

  it('names the layer whose YAML is broken', () => {
    expect(
      collectorProblem('Error: failed to get config', [...layers, layer('x.yaml', 'a: [1\nb: 2\n')]),
    ).toMatch(/^x\.yaml:\d: expected valid YAML/);
  });

  it('has nothing to say of an end that is not about configuration', () => {
    expect(
      collectorProblem('Error: cannot start pipelines: listen tcp: address already in use', layers),
    ).toBeUndefined();
    expect(collectorProblem('panic: runtime error', layers)).toBeUndefined();
  });
});

describe('backendProblem', () => {
  const file = layer('tempo.yaml', 'server:\n  http_listen_port: many\nglobal:\n  scrape_interval: soon\n');

  it('reads the path from the line that the program names', () => {
    const output =
      'failed parsing config: failed to parse configFile /x/tempo.yaml: yaml: unmarshal errors:\n  line 2: cannot unmarshal !!str `many` into int\n';
    expect(backendProblem(output, [file])).toBe(
      'tempo.yaml:2: server.http_listen_port: got "many", expected a value of type int',
    );
  });

  it('finds the value where the program names only that', () => {
    const output =
      'level=ERROR msg="Error loading config" err="parsing YAML file /x.yaml: not a valid duration string: \\"soon\\""';
    expect(backendProblem(output, [file])).toBe(
      'tempo.yaml:4: global.scrape_interval: got "soon", expected another value: not a valid duration string',
    );
  });

  it('has nothing to say of other ends', () => {
    expect(backendProblem('level=error msg="disk full"', [file])).toBeUndefined();
  });
});

describe('natsProblem', () => {
  const text = 'port: many\njetstream {\n  max_file_store: lots\n}\nwrong = 1\n';
  const problem = (said: string): string | undefined => natsProblem(said, [layer('nats.conf', text)]);

  it('reads path and value from the line that NATS names', () => {
    expect(
      problem('nats-server: /x/nats.conf:1:1: interface conversion: interface {} is string, not int64'),
    ).toBe('nats.conf:1: port: got "many", expected a value of type int64');
    expect(problem('nats-server: /x/nats.conf:3:3: max_file_store strconv.ParseInt: invalid syntax\n')).toBe(
      'nats.conf:3: jetstream.max_file_store: got "lots", expected another value: max_file_store strconv.ParseInt: invalid syntax',
    );
    expect(problem('nats-server: /x/nats.conf:5:1: unknown field "wrong"')).toBe(
      'nats.conf:5: wrong: got "1", expected a key that this program knows',
    );
  });

  it('says what NATS says of a file that it cannot read, or of settings that contradict', () => {
    expect(problem("nats-server: Parse error on line 4: 'Unexpected EOF processing map.'")).toBe(
      'nats.conf:4: expected another syntax: Unexpected EOF processing map.',
    );
    expect(problem('nats-server: max_payload (9) cannot be higher than max_pending (5)')).toBe(
      'nats.conf: expected other values: max_payload (9) cannot be higher than max_pending (5)',
    );
  });

  it('has nothing to say of other ends', () => {
    expect(
      problem('[1] 2026/11/23 00:44:14.8 [FTL] Error listening on port: 127.0.0.1:4222'),
    ).toBeUndefined();
  });
});
