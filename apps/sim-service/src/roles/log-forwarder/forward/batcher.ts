import { Batch, type BatchLimits, type Sized } from './batch';

/** Gathers messages until there are enough for a request, or the first has waited for `flushIntervalMillis`. */
export class Batcher<T extends Sized> {
  #batch: Batch<T>;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: BatchLimits & { readonly flushIntervalMillis: number },
    private readonly onBatch: (messages: readonly T[]) => void,
  ) {
    this.#batch = new Batch(limits);
  }

  add(message: T): void {
    if (!this.#batch.hasRoomFor(message)) this.flush();
    this.#batch.add(message);
    if (this.#batch.isFull) this.flush();
    else
      this.#timer ??= setTimeout(() => {
        this.flush();
      }, this.limits.flushIntervalMillis);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.isEmpty) return;
    const { messages } = this.#batch;
    this.#batch = new Batch(this.limits);
    this.onBatch(messages);
  }
}
