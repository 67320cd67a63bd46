import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { unzipSync } from 'fflate';

import { LauncherError, oneLine } from '../errors.ts';
import { runCommand } from './command.ts';

const unpackTimeoutMillis = 5 * 60_000;

/**
 * Takes a program out of a release's archive (.tar.gz by the system's tar, .zip by fflate) and puts it, or the
 * `tree` around it, into `target`. The archive's checksum was verified before.
 */
export async function unpack(
  archive: string,
  { member, tree }: { member: string; tree?: string | undefined },
  target: { readonly directory: string; readonly executable: string },
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const staging = `${archive}.unpacked`;
  mkdirSync(staging, { recursive: true });
  if (archive.endsWith('.zip')) unpackZipMember(archive, member, staging);
  else await unpackTar(archive, staging, env);

  const from = join(staging, tree ?? member);
  const program = join(staging, member);
  if (!existsSync(program))
    throw new LauncherError('archive', `${basename(archive)} does not hold ${member}`);
  chmodSync(program, 0o755);
  if (tree === undefined) renameSync(from, join(target.directory, target.executable));
  else renameSync(from, join(target.directory, tree));
}

async function unpackTar(archive: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode, reason } = await runCommand('tar', ['-xzf', archive, '-C', directory], {
    env,
    timeoutMillis: unpackTimeoutMillis,
  });
  if (exitCode !== 0) throw new LauncherError('archive', `tar cannot unpack ${basename(archive)}: ${reason}`);
}

function unpackZipMember(archive: string, member: string, directory: string): void {
  try {
    const files = unzipSync(readFileSync(archive), { filter: ({ name }) => name === member });
    const content = files[member];
    if (content !== undefined) writeMember(join(directory, member), content);
  } catch (error) {
    throw new LauncherError('archive', `${basename(archive)} is not a zip file: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

function writeMember(file: string, content: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
