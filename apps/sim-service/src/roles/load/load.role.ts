import type { RoleContext } from '../../role/role-context';
import { Arrivals } from './arrivals';
import { LoadGenerator } from './load-generator';

const REPORT_INTERVAL_MILLIS = 60_000;

export function startLoad({ config, logger, shutdown, live }: RoleContext): Promise<void> {
  const generator = new LoadGenerator(config.load, logger, Math.random);
  const arrivals = new Arrivals(
    config.load.requestsPerSecond,
    () => {
      generator.sendOne();
    },
    Math.random,
    Date.now,
  );
  live.onChange(({ load }) => {
    generator.settings = load;
    arrivals.perSecond = load.requestsPerSecond;
  });
  const reports = setInterval(() => {
    generator.report();
  }, REPORT_INTERVAL_MILLIS);
  shutdown.add('stop sending', async () => {
    arrivals.stop();
    clearInterval(reports);
    await generator.drain();
    generator.report();
  });
  arrivals.start();
  logger.info(
    { target: config.load.target, requestsPerSecond: config.load.requestsPerSecond },
    'sending requests',
  );
  return Promise.resolve();
}
