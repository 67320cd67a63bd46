import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../clock.ts';
import { Toolchain } from './acquire.ts';
import { defaultDownloadLimits } from './download.ts';
import { loadRecipe, type Recipe } from './recipe.ts';

/** Stands where apt-get would be: notes its arguments, and `download` puts a file for each package here. */
const fakeApt = `#!/bin/sh
echo "$@" >> "$FAKE/apt.log"
[ -f "$FAKE/offline" ] && { echo "W: slow" >&2; echo "E: Failed to fetch http://deb/InRelease" >&2; echo "E: then this" >&2; exit 100; }
while [ $# -gt 0 ] && [ "$1" != download ]; do shift; done
[ $# -gt 0 ] && shift
for name in "$@"; do touch "$name""_1%3a1.2.3-4_amd64.deb"; done
`;
/** Stands where dpkg-deb would be: each package holds one script that takes /usr for given. */
const fakeDpkg = `#!/bin/sh
name=$(basename "$2"); name=\${name%%_*}
mkdir -p "$3/usr/bin"
printf '#!/bin/sh\\nHERE=/usr\\necho "%s 1.2.3 in $HERE"\\n' "$name" > "$3/usr/bin/$name"
chmod +x "$3/usr/bin/$name"
`;
const starter =
  '#!/bin/sh\nHOME_OF_PROG="$(dirname "$0")/root" exec "$(dirname "$0")/root/usr/bin/prog" "$@"\n';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trace-debian-'));
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/apt-get'), fakeApt, { mode: 0o755 });
  writeFileSync(join(home, 'bin/dpkg-deb'), fakeDpkg, { mode: 0o755 });
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

function recipe(changes: { version?: string; from?: string } = {}): Recipe {
  const { version = '1.2.3', from = 'HERE=/usr' } = changes;
  const directory = join(home, 'toolchain/prog');
  mkdirSync(directory, { recursive: true });
  const document = {
    title: 'Prog',
    version,
    executables: ['prog'],
    checks: [{ args: ['--version'], expect: `^prog ${version} ` }],
    debian: {
      distribution: 'debian-12',
      packages: ['prog', 'libprog'],
      replace: [{ file: 'usr/bin/prog', from, to: 'HERE=$HOME_OF_PROG/usr' }],
    },
  };
  writeFileSync(join(directory, 'program.yaml'), JSON.stringify(document));
  writeFileSync(join(directory, 'start.sh'), starter);
  return loadRecipe(join(home, 'toolchain'), 'prog');
}

function acquire(
  wanted: Recipe,
  distribution: string | null = 'debian-12',
  path = `${join(home, 'bin')}:/usr/bin:/bin`,
): Promise<string> {
  return new Toolchain({
    binDirectory: undefined,
    path: [],
    cacheDirectory: join(home, 'cache'),
    platform: 'linux-x64',
    distribution: distribution ?? undefined,
    environment: { PATH: path, FAKE: home },
    limits: defaultDownloadLimits,
    clock: systemClock,
    signal: new AbortController().signal,
    report: () => undefined,
    warn: () => undefined,
  }).acquire(wanted);
}

const directory = (): string => join(home, 'cache/bin/prog-1.2.3');

test('the packages are unpacked beside the starter, which is the program', async () => {
  const file = await acquire(recipe());
  expect(file).toBe(join(directory(), 'prog'));
  // Where it is now, and not where it was made.
  expect(execFileSync(file, { encoding: 'utf8' })).toBe(`prog 1.2.3 in ${directory()}/root/usr\n`);
  expect(readdirSync(directory()).sort()).toEqual(['built-from.json', 'prog', 'root']);
  expect(readdirSync(join(directory(), 'root/usr/bin')).sort()).toEqual(['libprog', 'prog']);
  expect(JSON.parse(readFileSync(join(directory(), 'built-from.json'), 'utf8'))).toMatchObject({
    origin: 'packages',
    detail: 'libprog_1:1.2.3-4_amd64 prog_1:1.2.3-4_amd64',
  });
});

test('apt is asked once, with lists of its own, and installs nothing', async () => {
  await acquire(recipe());
  await acquire(recipe());
  const calls = readFileSync(join(home, 'apt.log'), 'utf8').trim().split('\n');
  expect(calls).toEqual([
    expect.stringMatching(/^-q -c \/\S+\/apt\.conf update$/),
    expect.stringMatching(/^-q -c \/\S+\/apt\.conf download prog libprog$/),
  ]);
});

test.each([
  ['ubuntu-24.04', 'this is ubuntu-24.04'],
  [null, 'this is no Linux distribution'],
])('on %s it is one line, without asking apt', async (distribution, said) => {
  await expect(acquire(recipe(), distribution)).rejects.toMatchObject({
    code: 'packages',
    message: `prog 1.2.3 comes from debian-12's packages, and ${said}; put prog into TRACE_BIN_DIR instead`,
  });
  expect(existsSync(join(home, 'apt.log'))).toBe(false);
});

test('what apt says first is the reason', async () => {
  writeFileSync(join(home, 'offline'), '');
  await expect(acquire(recipe())).rejects.toThrow(
    /^prog 1\.2\.3 cannot be had from packages: Failed to fetch http:\/\/deb\/InRelease$/,
  );
  expect(readdirSync(join(home, 'cache/bin'))).toEqual([]);
});

test('an absent apt is named', async () => {
  await expect(acquire(recipe(), 'debian-12', join(home, 'nowhere'))).rejects.toThrow(
    'prog 1.2.3 cannot be had from packages: apt-get: spawn apt-get ENOENT',
  );
});

test('another version than the pinned one is refused', async () => {
  await expect(acquire(recipe({ version: '1.2.4' }))).rejects.toThrow(
    /prog from debian-12's packages: `--version` says "prog 1\.2\.3 in .*", wanted 1\.2\.4/,
  );
});

test('a file that does not hold what is to be replaced is named', async () => {
  await expect(acquire(recipe({ from: 'elsewhere' }))).rejects.toThrow(
    'prog: usr/bin/prog does not hold "elsewhere"',
  );
});

test.each([
  ['rabbitmq-server', 'rabbitmq-server'],
  ['postgresql', 'postgresql-15'],
  ['redis-server', 'redis-server'],
])('the recipe of %s is valid, and its starter is a script', (name, wanted) => {
  const toolchain = join(__dirname, '../../../toolchain');
  const { debian, checks, version } = loadRecipe(toolchain, name);
  expect(debian?.packages).toContain(wanted);
  expect(checks[0]?.expect).toContain(version.replaceAll('.', '\\.'));
  execFileSync('sh', ['-n', join(toolchain, name, 'start.sh')]);
});
