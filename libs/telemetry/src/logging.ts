// Import after the SDK has started: each line of these loggers then carries `trace_id` and `span_id`
// and goes to the Collector as well as to stdout.
export { createLogger } from '@trace/runtime';
export { createNestLogger } from './nest-logger';
