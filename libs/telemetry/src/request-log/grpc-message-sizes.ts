/** The part of a method's definition, as @grpc/proto-loader makes it, that reads and writes messages. */
interface MethodDefinition {
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: unknown): Buffer;
}

const sizes = new WeakMap<object, number>();

/** Encoded size of a message that a server has read or written, in bytes; undefined if nobody has looked. */
export function grpcMessageBytes(message: unknown): number | undefined {
  return typeof message === 'object' && message !== null ? sizes.get(message) : undefined;
}

/**
 * A package definition (`loadSync` of @grpc/proto-loader) whose messages' sizes are known to the request log: Nest
 * and grpc-js only hand on messages that are decoded. Goes into Nest's `packageDefinition`.
 */
export function withMessageSizes<P extends object>(packageDefinition: P): P {
  const measured = Object.entries(packageDefinition).map(([name, definition]: [string, unknown]) => [
    name,
    isService(definition) ? measuredService(definition) : definition,
  ]);
  return Object.fromEntries(measured) as P;
}

/** A service is a record of methods; a message or an enum has a `format`. */
function isService(definition: unknown): definition is Record<string, MethodDefinition> {
  return typeof definition === 'object' && definition !== null && !('format' in definition);
}

function measuredService(service: Record<string, MethodDefinition>): Record<string, MethodDefinition> {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer) => remember(method.requestDeserialize(bytes), bytes.length),
        responseSerialize: (message: unknown) => {
          const bytes = method.responseSerialize(message);
          remember(message, bytes.length);
          return bytes;
        },
      },
    ]),
  );
}

function remember(message: unknown, bytes: number): unknown {
  if (typeof message === 'object' && message !== null) sizes.set(message, bytes);
  return message;
}
