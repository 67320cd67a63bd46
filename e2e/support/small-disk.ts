import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few MiB (tmpfs) that a test fills up. To mount it takes root. */
export class SmallDisk {
  private constructor(readonly directory: string) {}

  static mount(mebibytes: number): SmallDisk {
    const directory = mkdtempSync(join(tmpdir(), 'trace-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory], { stdio: 'pipe' });
    return new SmallDisk(directory);
  }

  get #ballast(): string {
    return join(this.directory, 'ballast');
  }

  /** Takes the rest of the space, to the last block. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.directory);
    try {
      writeFileSync(this.#ballast, Buffer.alloc(bavail * bsize + bsize));
    } catch (error) {
      // What fits has been written when the disk says that it is full.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.directory]);
    rmSync(this.directory, { recursive: true });
  }
}
