export { Child, eventually } from './child';
export { freePort, freePorts } from './free-ports';
export { spanTree } from './span-tree';
export { OtlpSink, type Attributes, type SentLog, type SentSpan } from './otlp-sink';
