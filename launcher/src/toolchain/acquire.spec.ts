import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { zipSync } from 'fflate';

import { systemClock } from '../clock.ts';
import { Toolchain } from './acquire.ts';
import { defaultDownloadLimits } from './download.ts';
import { loadRecipe, type Recipe } from './recipe.ts';

const program = '#!/bin/sh\necho "prog version 1.2.3"\n';
/** Stands where the Go toolchain would be: writes what `-o` names, as `go build` does. */
const fakeGo = `#!/bin/sh
[ "$1" = version ] && exit 0
[ -f "$FAKE_GO_FAILS" ] && { echo "main.go:1: syntax error" >&2; exit 1; }
while [ $# -gt 0 ]; do [ "$1" = -o ] && printf '#!/bin/sh\\necho built\\n' > "$2" && chmod +x "$2"; shift; done
`;

let home: string;
let server: Server;
let files: Map<string, Buffer>;
let warnings: string[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'trace-acquire-'));
  files = new Map();
  warnings = [];
  mkdirSync(join(home, 'go'));
  writeFileSync(join(home, 'go/go'), fakeGo, { mode: 0o755 });
  server = createServer((request, response) => {
    const body = files.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true });
});

function recipe(
  options: { archive?: string; sha256?: string; build?: boolean; tree?: boolean } = {},
): Recipe {
  const { archive = 'prog.tar.gz', sha256 = 'first-use', build = true, tree = false } = options;
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = join(home, 'toolchain/prog');
  mkdirSync(directory, { recursive: true });
  const document = {
    title: 'Prog',
    version: '1.2.3',
    executables: ['prog'],
    checks: [{ args: ['--version'], expect: 'version 1\\.2\\.3' }],
    download: {
      here: {
        url: `${origin}/${archive}`,
        checksums: `${origin}/SHA256SUMS`,
        sha256,
        member: 'folder/prog',
        ...(tree ? { tree: 'folder' } : {}),
      },
    },
    ...(build
      ? { build: { kind: 'go', package: 'example.org/prog', ldflags: [], env: {}, typicalSeconds: 60 } }
      : {}),
  };
  writeFileSync(join(directory, 'program.yaml'), JSON.stringify(document));
  return loadRecipe(join(home, 'toolchain'), 'prog');
}

function toolchain(overrides: Partial<ConstructorParameters<typeof Toolchain>[0]> = {}): Toolchain {
  return new Toolchain({
    binDirectory: undefined,
    path: [],
    cacheDirectory: join(home, 'cache'),
    platform: 'here',
    distribution: 'debian-12',
    environment: { PATH: `${join(home, 'go')}:/usr/bin:/bin`, FAKE_GO_FAILS: join(home, 'go-fails') },
    limits: { ...defaultDownloadLimits, answerTimeoutMillis: 30_000 },
    clock: systemClock,
    signal: new AbortController().signal,
    report: () => undefined,
    warn: (line) => warnings.push(line),
    ...overrides,
  });
}

/** Publishes an archive with the program, and a checksum file that is right unless told otherwise. */
function publish(name = 'prog.tar.gz', sums?: string): void {
  let archive: Buffer;
  if (name.endsWith('.zip')) archive = Buffer.from(zipSync({ 'folder/prog': Buffer.from(program) }));
  else {
    mkdirSync(join(home, 'release/folder'), { recursive: true });
    writeFileSync(join(home, 'release/folder/prog'), program);
    archive = execFileSync('tar', ['-cz', '-C', join(home, 'release'), 'folder']);
  }
  files.set(`/${name}`, archive);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  files.set('/SHA256SUMS', Buffer.from(sums ?? `${'0'.repeat(64)}  other\n${sha256}  ${name}\n`));
}

const output = (file: string): string => execFileSync(file, { encoding: 'utf8' }).trim();

test.each(['prog.tar.gz', 'prog.zip'])(
  'downloads, verifies and unpacks %s into the cache',
  async (archive) => {
    publish(archive);
    const file = await toolchain().acquire(recipe({ archive }));
    expect(file).toBe(join(home, 'cache/bin/prog-1.2.3/prog'));
    expect(output(file)).toBe('prog version 1.2.3');
    expect(readdirSync(join(home, 'cache/bin')).sort()).toEqual(['prog-1.2.3', 'prog-1.2.3.sha256.json']);
    expect(readdirSync(join(home, 'cache/bin/prog-1.2.3')).sort()).toEqual(['built-from.json', 'prog']);
  },
);

test('keeps the folder around a program that needs it', async () => {
  publish();
  const file = await toolchain().acquire(recipe({ tree: true }));
  expect(file).toBe(join(home, 'cache/bin/prog-1.2.3/folder/prog'));
  expect(await toolchain().acquire(recipe({ tree: true }))).toBe(file);
});

test('a program in the cache needs neither network nor Go', async () => {
  publish();
  const file = await toolchain().acquire(recipe());
  files.clear();
  rmSync(join(home, 'go/go'));
  await expect(toolchain().acquire(recipe())).resolves.toBe(file);
  expect(warnings).toEqual([]);
});

test('a changed recipe makes the program again', async () => {
  publish();
  const file = await toolchain().acquire(recipe());
  files.clear();
  writeFileSync(join(home, 'toolchain/prog/go.sum'), 'changed');
  expect(output(await toolchain().acquire(recipe()))).toBe('built');
  expect(existsSync(file)).toBe(true);
});

test('a wrong checksum is one line, and the program is built', async () => {
  publish('prog.tar.gz', `${'a'.repeat(64)}  prog.tar.gz\n`);
  expect(output(await toolchain().acquire(recipe()))).toBe('built');
  expect(warnings).toEqual([
    expect.stringMatching(
      /^prog 1\.2\.3 cannot be downloaded: prog\.tar\.gz has SHA-256 .+ expected aaaaaaaaaaaa…; it is built instead$/,
    ),
  ]);
});

test('a pinned checksum is not asked for, and counts', async () => {
  publish();
  files.delete('/SHA256SUMS');
  expect(output(await toolchain().acquire(recipe({ sha256: 'b'.repeat(64) })))).toBe('built');
  expect(warnings[0]).toContain('expected bbbbbbbbbbbb…');
});

test('the checksum of the first use is kept: a release that changed later is refused', async () => {
  publish();
  await toolchain().acquire(recipe());
  rmSync(join(home, 'cache/bin/prog-1.2.3'), { recursive: true });
  files.set('/prog.tar.gz', Buffer.from('another archive'));
  const sha256 = createHash('sha256').update('another archive').digest('hex');
  files.set('/SHA256SUMS', Buffer.from(`${sha256}  prog.tar.gz\n`));
  expect(output(await toolchain().acquire(recipe()))).toBe('built');
  expect(warnings[0]).toContain('has SHA-256');
});

test('a release that does not list the file is not trusted', async () => {
  publish('prog.tar.gz', `${'0'.repeat(64)}  other\n`);
  expect(output(await toolchain().acquire(recipe()))).toBe('built');
  expect(warnings[0]).toContain('does not list prog.tar.gz');
});

test('404 falls through to the build', async () => {
  expect(output(await toolchain().acquire(recipe()))).toBe('built');
  expect(warnings[0]).toContain('answered 404');
});

test('an absent network is waited for once, not for every program', async () => {
  const one = toolchain();
  const first = recipe();
  await new Promise((resolve) => server.close(resolve));
  await one.acquire(first);
  await one.acquire({ ...first, name: 'second' });
  expect(warnings).toEqual([expect.stringContaining('cannot be reached (ECONNREFUSED)')]);
});

test('a program that is only downloaded fails with the reason', async () => {
  await expect(toolchain().acquire(recipe({ build: false }))).rejects.toMatchObject({ code: 'http' });
  expect(warnings).toEqual([]);
});

test('a failed build is one line with the compiler’s reason, and leaves nothing behind', async () => {
  writeFileSync(join(home, 'go-fails'), '');
  await expect(toolchain().acquire(recipe())).rejects.toThrow(
    'building prog 1.2.3 failed: main.go:1: syntax error',
  );
  expect(readdirSync(join(home, 'cache/bin'))).toEqual([]);
});

test('no Go toolchain is said with the remedy', async () => {
  const environment = { PATH: join(home, 'nowhere') };
  await expect(toolchain({ environment }).acquire(recipe())).rejects.toThrow(
    /no Go toolchain .* install Go 1\.26 or newer, or put prog 1\.2\.3 into TRACE_BIN_DIR/,
  );
});

test('TRACE_BIN_DIR and PATH come first, at the pinned version only', async () => {
  const own = join(home, 'own');
  mkdirSync(own);
  writeFileSync(join(own, 'prog'), program);
  chmodSync(join(own, 'prog'), 0o755);
  await expect(toolchain({ binDirectory: own }).acquire(recipe())).resolves.toBe(join(own, 'prog'));
  await expect(toolchain({ path: ['/nowhere', own] }).acquire(recipe())).resolves.toBe(join(own, 'prog'));

  writeFileSync(join(own, 'prog'), program.replace('1.2.3', '1.2.4'));
  expect(output(await toolchain({ binDirectory: own }).acquire(recipe()))).toBe('built');
  expect(warnings[0]).toBe(
    `${join(own, 'prog')} (TRACE_BIN_DIR) is not used: \`--version\` says "prog version 1.2.4", wanted 1.2.3 (/version 1\\.2\\.3/)`,
  );
});

test('two that want the same program make it once', async () => {
  publish();
  let served = 0;
  server.on('request', (request: { url?: string }) => {
    if (request.url === '/prog.tar.gz') served++;
  });
  const wanted = recipe();
  const [one, two] = await Promise.all([toolchain().acquire(wanted), toolchain().acquire(wanted)]);
  expect(one).toBe(two);
  expect(served).toBe(1);
});

test('every recipe of the checkout is valid', () => {
  const directory = join(__dirname, '../../../toolchain');
  for (const name of ['otelcol', 'nats-server', 'prometheus', 'tempo', 'loki', 'grafana']) {
    const { version, download, checks } = loadRecipe(directory, name);
    expect(Object.keys(download).sort()).toEqual(['darwin-arm64', 'linux-arm64', 'linux-x64']);
    for (const { url } of Object.values(download)) expect(url).toContain(version);
    for (const { expect: pattern } of checks) expect(() => new RegExp(pattern)).not.toThrow();
  }
  const manifest = readFileSync(join(directory, 'otelcol/builder.yaml'), 'utf8');
  expect(manifest).toContain(loadRecipe(directory, 'otelcol').version);
});

test('a wrong recipe names file and field', () => {
  recipe();
  const file = join(home, 'toolchain/prog/program.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"executables":["prog"]', '"executables":[]'));
  expect(() => loadRecipe(join(home, 'toolchain'), 'prog')).toThrow(`${file}: executables:`);
});
