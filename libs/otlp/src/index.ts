export { EXPORT_PATHS, type Signal } from './signal';
export type { OtlpCode } from './status/codes';
export { OtlpError } from './status/otlp-error';
export { WireReader, WireType } from './wire/wire-reader';
export { encodeBytesField, encodeVarintField } from './wire/encode';
export type { CallOutcome, ExportContext, ExportHandler } from './receive/export-call';
export { BearerToken, type BearerTokenSource } from './receive/bearer-token';
export type { ConnectionErrorDetail, ConnectionErrorReason } from './receive/connection-errors';
export { TRANSPORTS, type Transport, createReceiver } from './receive/create-receiver';
export type { GrpcReceiver, ReceiverEvents, ReceiverOptions } from './receive/grpc-receiver';
export { type HttpReceiverOptions, OtlpHttpReceiver } from './receive/otlp-http-receiver';
export { type ForwarderOptions, OtlpForwarder } from './forward/otlp-forwarder';
export type { ServerTlsOptions, TlsReload } from './tls/server-tls';
export { WatchedFiles } from './tls/watched-files';
export type { TransportTls } from './forward/transport';
export {
  type AttributeValue,
  type Attributes,
  type DoubleValue,
  AttributeAdditions,
  encodeKeyValue,
} from './enrich/attribute-additions';
export type { ResourceView } from './enrich/resource-scan';
export { countRecords } from './enrich/count-records';
export { WantedKeys } from './enrich/wanted-keys';
export {
  type EnrichLimits,
  type ResourceAdditions,
  addResourceAttributes,
} from './enrich/add-resource-attributes';
export type { Derived, RecordFields, RecordRule, RecordView } from './records/record-rule';
export type { IntegerRule, KeyRule, PrivacyFilter, Trigger } from './records/privacy-filter';
export type { RecordLimits } from './records/derive';
export { CompiledRecordRules, rewriteRecords } from './records/rewrite-records';
export { rewriteSlices } from './records/slice-request';
export { mergeResponses } from './forward/merge-responses';
