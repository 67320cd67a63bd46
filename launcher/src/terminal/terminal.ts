import { formatElapsed, type Clock } from '../clock.ts';
import { paint, type Style } from './style.ts';

/** One program, or one stage, as it stands now. */
export interface Row {
  readonly name: string;
  readonly state: string;
  /** When the state was entered, milliseconds since the epoch. */
  readonly since: number;
  readonly detail: string;
  /** `active`: something is being done for it; `waiting`: others come first; `done`: nothing more is expected. */
  readonly progress: 'active' | 'waiting' | 'done';
}

export interface TerminalOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const heartbeatMillis = 15_000;
const redrawMillis = 500;
const styles: Record<string, Style> = {
  ready: 'green',
  failed: 'red',
  building: 'yellow',
  starting: 'yellow',
};

/**
 * What the user watches. On a terminal a block of rows is redrawn in place below the lines that were said;
 * elsewhere each change of state is one line, and every 15 s one line says what is still being done.
 */
export class Terminal {
  private readonly output: TerminalOutput;
  private readonly clock: Clock;
  private readonly color: boolean;
  private live: boolean;
  private readonly timer: NodeJS.Timeout;
  private readonly printedStates = new Map<string, string>();
  private rows: readonly Row[] = [];
  private drawnLines = 0;
  private lastLineAt: number;

  constructor(output: TerminalOutput, { clock, color }: { clock: Clock; color: boolean }) {
    this.output = output;
    this.clock = clock;
    this.live = output.isTTY === true;
    this.color = color && this.live;
    this.lastLineAt = clock.now();
    this.timer = setInterval(() => {
      this.tick();
    }, redrawMillis);
    this.timer.unref();
  }

  /** A line that stays. */
  say(line: string): void {
    this.erase();
    this.output.write(`${line}\n`);
    this.lastLineAt = this.clock.now();
    this.draw();
  }

  show(rows: readonly Row[]): void {
    this.rows = rows;
    if (this.live) {
      this.erase();
      this.draw();
      return;
    }
    for (const row of rows) this.printChange(row);
  }

  /** Leaves the rows as they are; from here on each change is a line, on a terminal too. */
  settle(): void {
    this.erase();
    if (this.live) for (const row of this.rows) this.output.write(`${this.format(row)}\n`);
    for (const { name, state } of this.rows) this.printedStates.set(name, state);
    this.live = false;
    this.rows = [];
  }

  close(): void {
    this.settle();
    clearInterval(this.timer);
  }

  paint(style: Style, text: string): string {
    return this.color ? paint(style, text) : text;
  }

  /** Called twice a second; redraws elapsed times, or prints a heartbeat when it is time for one. */
  tick(): void {
    const active = this.rows.filter((row) => row.progress === 'active');
    if (active.length === 0) return;
    if (this.live) {
      this.erase();
      this.draw();
    } else if (this.clock.now() - this.lastLineAt >= heartbeatMillis) {
      this.lastLineAt = this.clock.now();
      this.output.write(`… ${active.map((row) => this.heartbeat(row)).join('; ')}\n`);
    }
  }

  private printChange(row: Row): void {
    // A failure was said, with its reason, by who noticed it.
    const isNews = row.progress === 'active' || row.state === 'ready';
    const isNew = this.printedStates.get(row.name) !== row.state;
    this.printedStates.set(row.name, isNews ? row.state : '');
    if (!isNews || !isNew) return;
    this.output.write(`${this.format(row)}\n`);
    this.lastLineAt = this.clock.now();
  }

  private heartbeat({ name, state, since, detail }: Row): string {
    return `${name} ${detail === '' ? state : detail} (${formatElapsed(this.clock.now() - since)})`;
  }

  private format({ name, state, since, detail, progress }: Row): string {
    const elapsed = progress === 'active' ? formatElapsed(this.clock.now() - since) : '';
    const columns = this.live ? this.output.columns || Infinity : Infinity;
    const head = `${name.padEnd(21)} `;
    const tail = ` ${elapsed.padStart(7)}  ${detail}`.trimEnd();
    const room = columns - head.length - 9;
    const shown = tail.length > room ? `${tail.slice(0, Math.max(0, room - 1))}…` : tail;
    return `${head}${this.paint(styles[state] ?? 'dim', state.padEnd(9))}${shown}`.trimEnd();
  }

  private draw(): void {
    if (!this.live || this.rows.length === 0) return;
    this.output.write(this.rows.map((row) => `${this.format(row)}\n`).join(''));
    this.drawnLines = this.rows.length;
  }

  private erase(): void {
    if (this.drawnLines > 0) this.output.write(`\u001b[${this.drawnLines}A\u001b[0J`);
    this.drawnLines = 0;
  }
}
