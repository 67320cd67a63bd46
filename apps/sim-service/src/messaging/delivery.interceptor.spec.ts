import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { createLogger } from '@trace/runtime';
import { Registry } from 'prom-client';
import { lastValueFrom, of, throwError } from 'rxjs';
import { NotConfirmed, type Broker, type Delivery } from './broker';
import { DeliveryInterceptor } from './delivery.interceptor';
import { DeliveryContext } from './dispatch';
import type { Message } from './message';
import { MessagingMetrics } from './metrics';

const TTL_MILLIS = 60_000;
const succeeds: CallHandler = { handle: () => of(undefined) };
const fails: CallHandler = { handle: () => throwError(() => new Error('no good')) };

/** Writes down what a delivery comes to, in order; the steps that are named fail. */
async function outcome(
  next: CallHandler,
  fields: Partial<Message> = {},
  failing: readonly string[] = [],
): Promise<string[]> {
  const steps: string[] = [];
  const step = async (name: string): Promise<void> => {
    await Promise.resolve();
    if (failing.includes(name)) throw new NotConfirmed('timeout', name);
    steps.push(name);
  };
  const broker: Pick<Broker, 'peer' | 'state' | 'destinationOf' | 'deadLetters' | 'publishLater'> = {
    peer: { system: 'nats', address: '127.0.0.1', port: 4222 },
    state: 'connected',
    destinationOf: String,
    publishLater: ({ attempt }) => step(`attempt ${attempt}`),
    deadLetters: {
      destination: 'dead-letters',
      add: ({ reason }) => step(`dead letter: ${reason}`),
      list: () => Promise.resolve([]),
      take: () => Promise.resolve(false),
    },
  };
  const message: Message = {
    id: '1',
    priority: 'high',
    content: 'x',
    sentAtMillis: Date.now(),
    attempt: 1,
    trace: {},
    ...fields,
  };
  const delivery: Delivery = {
    message,
    destination: 'messages.high',
    ack: () => step('ack'),
    release: () => step('release'),
  };
  const metrics = new MessagingMetrics(new Registry(), broker as Broker);
  const interceptor = new DeliveryInterceptor(
    broker as Broker,
    createLogger('test', 'silent'),
    TTL_MILLIS,
    metrics,
  );
  const context = { switchToRpc: () => ({ getContext: () => new DeliveryContext([delivery]) }) };
  await lastValueFrom(interceptor.intercept(context as unknown as ExecutionContext, next));
  return steps;
}

describe('a delivery', () => {
  it('is acknowledged when it was processed', async () => {
    expect(await outcome(succeeds)).toEqual(['ack']);
  });

  it('that fails is sent again, and acknowledged after that', async () => {
    expect(await outcome(fails)).toEqual(['attempt 2', 'ack']);
  });

  it('that fails the second time is a dead letter, and acknowledged after that', async () => {
    expect(await outcome(fails, { attempt: 2 })).toEqual(['dead letter: no good', 'ack']);
  });

  it('that is too old is a dead letter without being tried', async () => {
    const old = { sentAtMillis: Date.now() - TTL_MILLIS - 1000 };
    expect(await outcome(succeeds, old)).toEqual(['dead letter: expired', 'ack']);
  });

  it('is never acknowledged when what follows from it is not confirmed', async () => {
    expect(await outcome(fails, {}, ['attempt 2'])).toEqual(['release']);
    expect(await outcome(fails, { attempt: 2 }, ['dead letter: no good'])).toEqual(['release']);
  });

  it('goes back when the acknowledgement does not arrive', async () => {
    expect(await outcome(succeeds, {}, ['ack'])).toEqual(['release']);
  });
});
