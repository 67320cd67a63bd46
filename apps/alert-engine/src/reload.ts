import { ConfigError, type Program } from '@trace/runtime';
import type { Engine } from './engine';
import { loadRuleFiles } from './evaluate/rule-file';
import type { Metrics } from './metrics';

/** What a reload needs of the process; tests hand in their own. */
export interface SignalSource {
  on(signal: 'SIGHUP', listener: () => void): unknown;
}

/** SIGHUP reads the rule files again. Files with a mistake change nothing but a metric and the log. */
export function installReload(
  signals: SignalSource,
  files: readonly string[],
  engine: Pick<Engine, 'setRules'>,
  metrics: Pick<Metrics, 'reloads' | 'lastReloadOk'>,
  logger: Program['logger'],
): void {
  signals.on('SIGHUP', () => {
    try {
      engine.setRules(loadRuleFiles(files));
      metrics.reloads.inc({ outcome: 'success' });
      metrics.lastReloadOk.set(1);
      logger.info({ files }, 'rules reloaded');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      metrics.reloads.inc({ outcome: 'failure' });
      metrics.lastReloadOk.set(0);
      logger.error({ problems: error.message.split('\n') }, 'rules not reloaded, the old ones stay');
    }
  });
}
