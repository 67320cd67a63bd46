import { BaseRpcContext, type MessageHandler } from '@nestjs/microservices';
import type { LoggedMessage, LoggedMessageContext } from '@trace/telemetry/nestjs';
import { from, isObservable, lastValueFrom } from 'rxjs';
import type { Delivery } from './broker';

/** The pattern of the one event: `@EventPattern(MESSAGES)`. */
export const MESSAGES = 'messages';

/** The context of a handler of messages, the same for every broker. */
export class DeliveryContext extends BaseRpcContext<[Delivery]> implements LoggedMessageContext {
  get delivery(): Delivery {
    return this.getArgs()[0];
  }

  loggedMessage(): LoggedMessage {
    const { message, destination } = this.delivery;
    const { id, content, priority, attempt } = message;
    return { destination, id, body: content, contentType: 'text/plain', fields: { priority, attempt } };
  }
}

/** Runs Nest's handler, with its interceptors, to the end. */
export async function dispatch(handler: MessageHandler | null, delivery: Delivery): Promise<void> {
  if (handler === null) throw new Error(`no @EventPattern('${MESSAGES}')`);
  const result: unknown = await handler(delivery.message, new DeliveryContext([delivery]));
  if (isObservable(result)) await lastValueFrom(from(result), { defaultValue: undefined });
}
