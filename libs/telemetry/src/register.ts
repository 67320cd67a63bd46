// `node --require @trace/telemetry/register dist/main.js`, or `import '@trace/telemetry/register'`
// as the first line of main.ts. Everything is set by the standard OTEL_* variables.
import { startTelemetry } from './start';

startTelemetry();
