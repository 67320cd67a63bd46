/** Packages whose instrumentation only works when the application loads them after it. */
const INSTRUMENTED = ['@grpc/grpc-js', '@nestjs/core', 'express', 'pino'];

/** Which of them are among these file names. */
export function instrumentedAmong(files: readonly string[]): string[] {
  const paths = files.map((file) => file.replaceAll('\\', '/'));
  return INSTRUMENTED.filter((name) => paths.some((path) => path.includes(`/node_modules/${name}/`)));
}

/** What was loaded too early. Taken when this file is loaded, since the SDK itself loads some of them. */
export const preloaded: readonly string[] = instrumentedAmong(Object.keys(require.cache));
