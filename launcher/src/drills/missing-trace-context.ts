import { Client, credentials, Metadata } from '@grpc/grpc-js';

import { users } from '../programs/apps.ts';
import type { Drill } from './drill.ts';
import { owner, tracesWith } from './runner/evidence.ts';

const everyMillis = 300;
const answerMillis = 5_000;
const address = `127.0.0.1:${users.ports[1]?.number ?? 0}`;
const method = '/trace.samples.users.v1.UsersService/ListUsers';
/** ListUsersRequest of apps/sim-service/proto/users.proto: limit (field 1, varint) is 1. */
const request = Buffer.from([0x08, 0x01]);

export const missingTraceContext: Drill = {
  name: 'missing-trace-context',
  summary: 'calls users as a service that is not instrumented, without a traceparent',
  durationSeconds: 15,
  alert: { alertname: 'MissingTraceContext', service_name: 'users' },
  evidence: [
    owner,
    tracesWith('a trace that begins with a request to users', (spans) => {
      const root = spans.find(({ parentSpanId }) => parentSpanId === '');
      const isOfUsers = root?.kind === 'server' && root.resource['service.name'] === 'users';
      return isOfUsers ? root.name : undefined;
    }),
  ],
  needs: ['users', 'tempo'],
  begin: (run) => {
    const client = new Client(address, credentials.createInsecure());
    run.cleanUp('closes its connection', () => {
      client.close();
      return Promise.resolve();
    });
    run.repeat(everyMillis, () => listUsers(client));
    return Promise.resolve();
  },
};

/** Resolves when there is an answer; a failure is one too, which the server has a span of. */
function listUsers(client: Client): Promise<void> {
  const asTheyAre = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    const options = { deadline: Date.now() + answerMillis };
    client.makeUnaryRequest(method, asTheyAre, asTheyAre, request, new Metadata(), options, () => {
      resolve();
    });
  });
}
