/** What one request to the Collector holds at most. */
export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** No more can come while so many are not acknowledged. */
  readonly maxMessages: number;
}

export interface Sized {
  readonly data: Uint8Array;
  readonly records: number;
}

/** Messages for one request. A message that is over a limit by itself is a batch of its own. */
export class Batch<T extends Sized> {
  readonly messages: T[] = [];
  #records = 0;
  #bytes = 0;

  constructor(private readonly limits: BatchLimits) {}

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  get isFull(): boolean {
    const { maxRecords, maxBytes, maxMessages } = this.limits;
    return this.#records >= maxRecords || this.#bytes >= maxBytes || this.messages.length >= maxMessages;
  }

  hasRoomFor({ data, records }: T): boolean {
    const { maxRecords, maxBytes } = this.limits;
    return (
      this.isEmpty ||
      (this.#records + records <= maxRecords && this.#bytes + data.length <= maxBytes && !this.isFull)
    );
  }

  add(message: T): void {
    this.messages.push(message);
    this.#records += message.records;
    this.#bytes += message.data.length;
  }
}
