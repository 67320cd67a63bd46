import { OtlpError } from '../status/otlp-error';

/** A request would grow over a limit; cut in smaller ones, it may not. */
export class OutputLimitError extends OtlpError {
  constructor(maxOutputBytes: number) {
    super('INVALID_ARGUMENT', `over ${maxOutputBytes} bytes with records rewritten`);
  }
}
