import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where the telemetry goes: takes every OTLP/HTTP request and says OK. To its parent it sends its port. */
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
