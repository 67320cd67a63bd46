import { OtlpForwarder, encodeBytesField } from '@trace/otlp';

const CONCURRENT = 16;

/** Requests of one span each, which carries its number, for a while; how many, and what was answered but OK. */
export async function sendFor(
  millis: number,
  endpoint: string,
): Promise<{ count: number; errors: unknown[] }> {
  const sender = new OtlpForwarder({
    endpoint,
    timeoutMillis: 60_000,
    keepaliveMillis: 360_000,
    keepaliveTimeoutMillis: 60_000,
    maxReconnectMillis: 100,
    maxResponseBytes: 1024 * 1024,
  });
  const end = Date.now() + millis;
  const errors: unknown[] = [];
  let count = 0;
  await Promise.all(
    Array.from({ length: CONCURRENT }, async () => {
      while (Date.now() < end) {
        count += 1;
        await sender.export('traces', oneSpan(count)).catch((error: unknown) => errors.push(error));
      }
    }),
  );
  sender.close();
  return { count, errors };
}

/** ExportTraceServiceRequest of one span, which carries its number. */
function oneSpan(id: number): Buffer {
  const idBytes = Buffer.alloc(16);
  idBytes.writeUInt32BE(id, 0);
  const span = Buffer.concat([
    encodeBytesField(1, idBytes),
    encodeBytesField(2, idBytes.subarray(0, 8)),
    encodeBytesField(5, 'rotation'),
    encodeBytesField(9, attribute('e2e.id', String(id))),
  ]);
  return encodeBytesField(
    1,
    Buffer.concat([
      encodeBytesField(1, encodeBytesField(1, attribute('service.name', 'rotation'))),
      encodeBytesField(2, encodeBytesField(2, span)),
    ]),
  );
}

function attribute(key: string, value: string): Buffer {
  return Buffer.concat([encodeBytesField(1, key), encodeBytesField(2, encodeBytesField(1, value))]);
}
