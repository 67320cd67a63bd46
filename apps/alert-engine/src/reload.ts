import { ConfigError, type Program } from '@trace/runtime';
import type { Engine } from './engine';
import { loadRuleFiles } from './evaluate/rule-file';
import type { Metrics } from './metrics';

/** What a reload needs of the process; tests hand in their own. */
export interface SignalSource {
  on(signal: 'SIGHUP', listener: () => void): unknown;
}

/** Reads the rule files again, and says what is wrong with them: then nothing changes but a metric and the log. */
export type Reload = () => readonly string[];

/** A reload, which SIGHUP does too. */
export function installReload(
  signals: SignalSource,
  files: readonly string[],
  engine: Pick<Engine, 'setRules'>,
  metrics: Pick<Metrics, 'reloads' | 'lastReloadOk'>,
  logger: Program['logger'],
): Reload {
  const reload = (): readonly string[] => {
    try {
      engine.setRules(loadRuleFiles(files));
      metrics.reloads.inc({ outcome: 'success' });
      metrics.lastReloadOk.set(1);
      logger.info({ files }, 'rules reloaded');
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const problems = error.message.split('\n');
      metrics.reloads.inc({ outcome: 'failure' });
      metrics.lastReloadOk.set(0);
      logger.error({ problems }, 'rules not reloaded, the old ones stay');
      return problems;
    }
  };
  signals.on('SIGHUP', reload);
  return reload;
}
