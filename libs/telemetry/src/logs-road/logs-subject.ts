/** The stream, which the log forwarder makes and reads; its subjects are `logs.<service>`. */
export const LOGS_STREAM = 'logs';

/** A token of a subject may hold no dots, wildcards or white space. */
const NOT_IN_A_TOKEN = /[^\w-]/g;

/** Where a service's log records go: `logs.` and its name, with `_` for each character that a subject cannot hold. */
export function logsSubjectOf(serviceName: string): string {
  return `${LOGS_STREAM}.${serviceName.replaceAll(NOT_IN_A_TOKEN, '_') || 'unknown_service'}`;
}
