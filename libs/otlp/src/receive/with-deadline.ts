import { OtlpError } from '../status/otlp-error';

/** What the promise resolves to; rejects with DEADLINE_EXCEEDED when the time is up first. */
export async function withDeadline<T>(promise: Promise<T>, millis: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new OtlpError('DEADLINE_EXCEEDED', 'no answer within the deadline'));
    }, millis);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
