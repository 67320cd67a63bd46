/** Headers of an answer, by their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** Headers of a request as both HTTP/2 servers hand them over. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One stream of HTTP/2 as a call sees it: on node:http2, or on our own server. Each answers once. */
export interface CallStream {
  /** Whoever comes later on a connection has a higher one. */
  readonly id: number;
  /** Whether nobody is left to read an answer: it was reset, or its connection is lost. */
  readonly isGone: boolean;
  /** Sends one message, and trailers with status OK. */
  succeed(response: Buffer | undefined): void;
  /** Sends a whole answer in one header block. */
  answer(headers: AnswerHeaders): void;
  /** Resets it (CANCEL). */
  cancel(): void;
}

/** What waits on a connection for its deadline. */
export interface Waiting {
  readonly id: number;
  /** Called now and then: ends what has waited too long. */
  expire(nowEpochMillis: number): void;
}
