import type { Program } from '@trace/runtime';
import type { Clock } from '../clock';
import type { AlertEngineConfig } from '../config-schema';
import type { Metrics } from '../metrics';
import { Dispatcher } from './dispatcher';
import type { Notification } from './notification';
import { ReceiverQueue, type QueueEvents } from './receiver-queue';
import { WebhookSender, type Attempt } from './webhook-sender';

export interface DispatcherParts {
  readonly config: AlertEngineConfig;
  readonly metrics: Metrics;
  readonly logger: Program['logger'];
  readonly clock: Clock;
  /** Stores what became of a notification. */
  readonly store: (notification: Notification) => void;
}

export interface Notifying {
  readonly dispatcher: Dispatcher;
  /** Receiver → notifications on their way. */
  queued(): [receiver: string, count: number][];
  close(): Promise<void>;
}

/** A queue and a pool of connections for each receiver. */
export function createDispatcher({ config, metrics, logger, clock, store }: DispatcherParts): Notifying {
  const { notify } = config;
  const events: QueueEvents = {
    onRetry({ receiver, attempts, groupKey }, { reason }) {
      metrics.notificationRetries.inc({ receiver });
      // One line for each notification that is in trouble, not for each attempt.
      logger[attempts === 1 ? 'warn' : 'debug'](
        { receiver, groupKey, attempts, reason },
        'notification failed, will be tried again',
      );
    },
    onDone(notification, outcome, attempt) {
      dispatcher.finish(notification, outcome, attempt);
    },
  };
  // So that the first of each is an increase.
  for (const { name: receiver } of config.receivers) {
    metrics.notificationRetries.inc({ receiver }, 0);
    for (const outcome of ['delivered', 'rejected', 'gave_up'])
      metrics.notifications.inc({ receiver, outcome }, 0);
  }
  const senders = config.receivers.map(({ name, webhook }) => ({
    name,
    sender: new WebhookSender({
      url: webhook.url,
      timeoutMillis: notify.timeout,
      maxConnections: notify.maxConcurrentPerReceiver,
    }),
  }));
  const queues = new Map(
    senders.map(({ name, sender }) => {
      const options = {
        maxQueued: notify.maxQueuedPerReceiver,
        maxConcurrent: notify.maxConcurrentPerReceiver,
        backOff: { initialMillis: notify.initialBackOff, maxMillis: notify.maxBackOff },
        giveUpAfterMillis: notify.giveUpAfter,
      };
      return [name, new ReceiverQueue(options, (body) => sender.send(body), events, clock)] as const;
    }),
  );
  const dispatcher = new Dispatcher(queues, config.state.maxFinishedNotifications, {
    onDone(notification, attempt) {
      store(notification);
      report(notification, attempt, metrics, logger);
    },
    onQueueFull({ receiver }) {
      metrics.queueFull.inc({ receiver });
    },
    now: () => clock.now(),
  });
  return {
    dispatcher,
    queued: () => [...queues].map(([name, queue]) => [name, queue.size]),
    close: async () => {
      await Promise.all(senders.map(({ sender }) => sender.close()));
    },
  };
}

function report(
  notification: Notification,
  attempt: Attempt | undefined,
  metrics: Metrics,
  logger: Program['logger'],
): void {
  const { receiver, outcome, groupKey, attempts, deliveredAtEpochMillis } = notification;
  metrics.notifications.inc({ receiver, outcome });
  if (deliveredAtEpochMillis === undefined) {
    const reason = attempt?.reason ?? 'its queue is full, or it is not configured any more';
    logger.error({ receiver, groupKey, attempts, outcome, reason }, 'notification was not delivered');
    return;
  }
  for (const { status, receivedAtEpochMillis } of notification.alerts) {
    if (status !== 'firing') continue;
    metrics.notificationLatency.observe(
      { receiver },
      (deliveredAtEpochMillis - receivedAtEpochMillis) / 1000,
    );
  }
}
