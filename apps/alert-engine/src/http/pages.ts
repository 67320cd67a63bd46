import { type Pages, send, sendJson } from '@trace/runtime';
import type { Engine } from '../engine';
import type { Notification } from '../notify/notification';
import { consolePage, CONTENT_SECURITY_POLICY } from './console-page';
import { CONSOLE_SCRIPT } from './console-script';
import { apiNotifications } from './notifications-api';
import { apiAlerts, apiRuleGroups, success, type ApiRuleGroup } from './prometheus-api';

/** What the HTTP side may look at. */
export interface PagesSource {
  readonly engine: Pick<Engine, 'alerts' | 'ruleGroups' | 'lastEvaluation' | 'queryHealth'>;
  readonly notifications: () => readonly Notification[];
  readonly evaluationIntervalMillis: number;
}

/** The console, and what it shows as JSON: rules and alerts as Prometheus' API has them, and notifications. */
export function enginePages({ engine, notifications, evaluationIntervalMillis }: PagesSource): Pages {
  const groups = (): ApiRuleGroup[] => apiRuleGroups(engine, evaluationIntervalMillis);
  return {
    '/': (_request, response) => {
      response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
      const page = consolePage({
        groups: groups(),
        alerts: apiAlerts(engine),
        notifications: notifications(),
        now: new Date(),
      });
      send(response, 200, 'text/html; charset=utf-8', page);
    },
    '/console.js': (_request, response) => {
      send(response, 200, 'text/javascript; charset=utf-8', CONSOLE_SCRIPT);
    },
    '/api/v1/rules': (_request, response) => {
      sendJson(response, 200, success({ groups: groups() }));
    },
    '/api/v1/alerts': (_request, response) => {
      sendJson(response, 200, success({ alerts: apiAlerts(engine) }));
    },
    '/api/v1/notifications': (_request, response) => {
      sendJson(response, 200, success({ notifications: apiNotifications(notifications()) }));
    },
  };
}
