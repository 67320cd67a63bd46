import type { JetStreamManager } from '@nats-io/jetstream';

type StreamSettings = Omit<Parameters<JetStreamManager['streams']['add']>[0], 'name'>;

/** How long the server knows an id again, so that a publish that is repeated is stored once. */
export const DUPLICATE_WINDOW_MILLIS = 120_000;

/** Limits that were changed in the configuration are taken over by a stream that is there. */
export async function declareStream(
  jsm: JetStreamManager,
  name: string,
  settings: StreamSettings,
): Promise<void> {
  const names = await jsm.streams.names().next();
  if (names.includes(name)) await jsm.streams.update(name, settings);
  else await jsm.streams.add({ name, ...settings });
}
