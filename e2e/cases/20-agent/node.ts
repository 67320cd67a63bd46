import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TICK_MILLIS = 50;
/** Never a whole number of the Collector's batches of 100: what is left over is what a kill could lose. */
const LINES_PER_TICK = 37;
const POD = 'shop_printer-0_0b1c2d3e-0000-4000-8000-000000000001';

/** The folders of a node that the agent reads, with a container that prints, in containerd's format. */
export class Node {
  readonly folder = mkdtempSync(join(tmpdir(), 'trace-agent-'));
  readonly podLogs = join(this.folder, 'pods');
  readonly #container = join(this.podLogs, POD, 'app');
  readonly #file = join(this.#container, '0.log');
  #timer: NodeJS.Timeout | undefined;
  printed = 0;

  constructor() {
    mkdirSync(this.#container, { recursive: true });
    mkdirSync(join(this.folder, 'proc/net'), { recursive: true });
    copyFileSync('/proc/net/dev', join(this.folder, 'proc/net/dev'));
  }

  startPrinting(): void {
    this.#timer = setInterval(() => {
      for (let n = 0; n < LINES_PER_TICK; n += 1) this.print();
    }, TICK_MILLIS);
  }

  stopPrinting(): void {
    clearInterval(this.#timer);
  }

  print(): void {
    this.#append('F', `line ${this.printed}`);
    this.printed += 1;
  }

  /** As containerd cuts a line that is longer than 16 KiB. */
  printInPieces(pieces: readonly string[]): void {
    pieces.forEach((piece, index) => {
      this.#append(index === pieces.length - 1 ? 'F' : 'P', piece);
    });
  }

  /** As the kubelet does at 10 MiB. */
  rotate(): void {
    const now = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
    renameSync(this.#file, `${this.#file}.${now}`);
  }

  remove(): void {
    this.stopPrinting();
    rmSync(this.folder, { recursive: true });
  }

  #append(tag: 'F' | 'P', text: string): void {
    const time = new Date().toISOString().replace('Z', '000000Z');
    appendFileSync(this.#file, `${time} stdout ${tag} ${text}\n`);
  }
}
