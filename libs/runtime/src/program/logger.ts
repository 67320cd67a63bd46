import pino, { type DestinationStream, type Logger } from 'pino';

/** JSON lines on standard output: `level` as a word, `time` in ISO 8601, `name` the program. */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous: the last line before an exit is the one that matters most.
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
