import type { IncomingMessage } from 'node:http';
import { HttpProblem, type Page, type Pages, sendJson } from '@trace/runtime';
import type { Engine } from '../engine';
import type { Metrics } from '../metrics';
import type { Reload } from '../reload';
import type { ChangeGuard } from './change-guard';
import { success } from './prometheus-api';

/** What the HTTP side may change. */
export interface ChangesTarget {
  readonly engine: Pick<Engine, 'sendTestAlert'>;
  readonly reload: Reload;
  readonly guard: Pick<ChangeGuard, 'check'>;
  readonly metrics: Pick<Metrics, 'apiChanges'>;
}

/** `POST /-/reload`, as Prometheus has it, and `POST /api/v1/test-alert`. */
export function engineChanges({ engine, reload, guard, metrics }: ChangesTarget): Pages {
  const guarded = (change: string, run: Page): Page => {
    return async (request, response, query) => {
      try {
        guard.check(request);
        await run(request, response, query);
      } catch (error) {
        metrics.apiChanges.inc({ change, outcome: outcomeOf(error) });
        throw error;
      }
      metrics.apiChanges.inc({ change, outcome: 'done' });
    };
  };
  return {
    '/-/reload': guarded('reload', (_request: IncomingMessage, response) => {
      const problems = reload();
      if (problems.length > 0) throw new HttpProblem(422, `the old rules stay: ${problems.join('; ')}`);
      sendJson(response, 200, success({}));
    }),
    '/api/v1/test-alert': guarded('test_alert', (_request: IncomingMessage, response) => {
      const receivers = engine.sendTestAlert();
      if (receivers.length === 0)
        throw new HttpProblem(409, 'nobody would be told: route.receivers is empty');
      sendJson(response, 202, success({ receivers }));
    }),
  };
}

function outcomeOf(error: unknown): string {
  const status = error instanceof HttpProblem ? error.status : 500;
  return { 401: 'unauthenticated', 403: 'forbidden' }[status] ?? 'failed';
}
