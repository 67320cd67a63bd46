import { eventually, sleep } from '../../support/wait.ts';
import { agentOn, Gateway } from './collectors.ts';
import { Node } from './node.ts';

/** Long enough to start and to read something. */
const BETWEEN_KILLS_MILLIS = [2500, 1700, 2900, 2100, 3300, 2300, 1900, 2700];

let node: Node;
let agent: ReturnType<typeof agentOn>;
let gateway: Gateway;

beforeEach(() => {
  node = new Node();
  agent = agentOn(node);
  gateway = new Gateway(node);
  gateway.start();
  agent.start();
});
afterEach(async () => {
  await agent.end('SIGKILL');
  await gateway.end('SIGKILL');
  node.remove();
});

const printed = (): string[] => Array.from({ length: node.printed }, (_, n) => `line ${n}`);

/** All that arrived, once every line has, or the time for it is over. */
async function arrived(): Promise<string[]> {
  let texts: string[] = [];
  await eventually(
    'every line',
    () => {
      texts = gateway.lines().map(({ text }) => text);
      return Promise.resolve(new Set(texts).size >= node.printed || undefined);
    },
    { timeoutMillis: 60_000, intervalMillis: 1000 },
  ).catch(() => undefined);
  return texts;
}

function missing(texts: readonly string[]): string[] {
  const there = new Set(texts);
  return printed().filter((line) => !there.has(line));
}

test('a line has its pod, container and node; one that was cut into pieces is whole', async () => {
  node.print();
  node.printInPieces(['one ', 'line ', 'only']);
  const lines = await eventually(
    'two lines',
    () => Promise.resolve(gateway.lines().length >= 2 ? gateway.lines() : undefined),
    { timeoutMillis: 30_000, intervalMillis: 500 },
  );
  expect(lines.map(({ text }) => text)).toEqual(['line 0', 'one line only']);
  expect(lines[0]?.resource).toEqual({
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'printer-0',
    'k8s.pod.uid': '0b1c2d3e-0000-4000-8000-000000000001',
    'k8s.container.name': 'app',
    'k8s.container.restart_count': '0',
    'k8s.node.name': 'node-1',
    'host.name': 'node-1',
  });
});

test('through restarts of the agent, and rotation while it is away, each line comes once', async () => {
  node.startPrinting();
  for (let restart = 0; restart < 3; restart += 1) {
    await sleep(4000);
    await agent.end('SIGTERM');
    await sleep(500);
    node.rotate();
    await sleep(600);
    agent.start();
  }
  await sleep(2000);
  node.stopPrinting();
  const texts = await arrived();
  console.log(`${node.printed} lines, ${missing(texts).length} lost, ${texts.length - node.printed} twice`);
  expect(missing(texts)).toEqual([]);
  expect(texts).toHaveLength(node.printed);
});

test('what is printed while the gateway is away comes when it is back', async () => {
  node.startPrinting();
  await sleep(4000);
  await gateway.end('SIGTERM');
  await sleep(3000);
  gateway.start();
  node.stopPrinting();
  expect(missing(await arrived())).toEqual([]);
});

test('kill -9 of the agent loses nothing', async () => {
  node.startPrinting();
  for (const millis of BETWEEN_KILLS_MILLIS) {
    await sleep(millis);
    await agent.end('SIGKILL');
    agent.start();
  }
  node.stopPrinting();
  const texts = await arrived();
  console.log(`${node.printed} lines, ${missing(texts).length} lost, ${texts.length - node.printed} twice`);
  expect(missing(texts)).toEqual([]);
});
