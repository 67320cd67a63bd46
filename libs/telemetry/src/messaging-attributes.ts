/**
 * Names of the messaging conventions, which are still in development: kept here so that a rename is one edit.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/
 */
export const MESSAGING_SYSTEM = 'messaging.system';
export const MESSAGING_OPERATION_NAME = 'messaging.operation.name';
export const MESSAGING_OPERATION_TYPE = 'messaging.operation.type';
export const MESSAGING_DESTINATION_NAME = 'messaging.destination.name';
export const MESSAGING_MESSAGE_ID = 'messaging.message.id';
export const MESSAGING_MESSAGE_BODY_SIZE = 'messaging.message.body.size';
export const MESSAGING_BATCH_MESSAGE_COUNT = 'messaging.batch.message_count';
